// The gateways that this operator looked at last, by their ids: what they are called is asked again, for names
// may be seen by one operator and not by the next.
const most = 6;
const place = (operator: string) => `recent ${operator}`;

export function recentGateways(operator: string): string[] {
  try {
    const kept = JSON.parse(localStorage.getItem(place(operator)) ?? '[]') as string[];
    return kept.filter((id) => /^gw_[0-9a-z]+$/.test(id)).slice(0, most);
  } catch {
    return [];
  }
}

export function noteRecent(operator: string, gateway: string) {
  const others = recentGateways(operator).filter((id) => id !== gateway);
  localStorage.setItem(place(operator), JSON.stringify([gateway, ...others].slice(0, most)));
}
