// Stands in for GET /v1/overview and GET /v1/gateways, out of what the ledger has; both answer as they are
// described for the server.
const needsAttention = ({ status, last_failure, pending }) =>
  status === 'red' || (last_failure !== null && pending === null);

async function gatewaysOf(ledger, account) {
  return (await ledger.api('GET', `/v1/accounts/${account}/gateways?limit=1000`)).gateways;
}

export async function countsOf(ledger, { account, opened_at }) {
  const gateways = { green: 0, red: 0, gray: 0, attention: 0 };
  for (const gateway of await gatewaysOf(ledger, account)) {
    gateways[gateway.status] += 1;
    if (needsAttention(gateway)) gateways.attention += 1;
  }
  const query = `account=${account}&order=desc&limit=1`;
  const { events } = await ledger.api('GET', `/v1/events?${query}`);
  return { account, opened_at, gateways, last_event_at: events[0]?.time ?? null };
}

// For `prepare` of withPage. `accounts` stands in place of those of the ledger.
export const standIn = (ledger, accounts) => async (page) => {
  const all = async () => (await ledger.api('GET', '/v1/accounts?limit=1000')).accounts;
  await page.route('**/v1/overview?*', async (route) => {
    const counted = accounts ?? [];
    if (!accounts) for (const each of await all()) counted.push(await countsOf(ledger, each));
    await route.fulfill({ json: { accounts: counted, next: null } });
  });
  await page.route('**/v1/gateways?*', async (route) => {
    const gateways = [];
    for (const { account } of await all()) gateways.push(...(await gatewaysOf(ledger, account)));
    await route.fulfill({ json: { gateways, next: null } });
  });
};
