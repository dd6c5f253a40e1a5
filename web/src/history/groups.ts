// What was recorded by one request for one gateway is one row: the fact that says what was done, and beneath
// it what came with it.
import type { EventType, Fact } from '../api/types';

export interface Group {
  head: Fact;
  // Oldest first.
  others: Fact[];
}

// These come with another one, where there is one.
const companions: EventType[] = [
  'KeyIssued',
  'KeyRevoked',
  'RegistrationAbandoned',
  'GatewayConnected',
  'GatewayDisconnected',
];

const together = (a: Fact, b: Fact) =>
  !!a.request_id && a.request_id === b.request_id && a.gateway === b.gateway;

// `facts` are newest first, as are the groups.
export function groupsOf(facts: Fact[]): Group[] {
  const groups: Fact[][] = [];
  for (const fact of facts) {
    const last = groups.at(-1);
    if (last && together(last[0], fact)) last.unshift(fact);
    else groups.push([fact]);
  }
  return groups.map((group) => {
    const head = group.find(({ type }) => !companions.includes(type)) ?? group[0];
    return { head, others: group.filter((fact) => fact !== head) };
  });
}
