// What people call a browser, out of the long name that it gives itself.

// Each calls itself by the names of those before it as well, so that the order decides.
const browsers = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['Firefox', 'Firefox'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['CrOS', 'ChromeOS'],
  ['Mac OS X', 'macOS'],
  ['Windows', 'Windows'],
  ['Linux', 'Linux'],
] as const;

const foundIn = (agent: string, names: readonly (readonly [string, string])[]) =>
  names.find(([mark]) => agent.includes(mark))?.[1];

// All that it says where no browser is known by it.
export function browserOf(agent: string): string {
  const browser = foundIn(agent, browsers);
  if (!browser) return agent;
  const system = foundIn(agent, systems);
  return system ? `${browser} · ${system}` : browser;
}
