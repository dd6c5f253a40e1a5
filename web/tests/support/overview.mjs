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
  const answer = (pattern, body) =>
    page.route(pattern, async (route) => {
      try {
        await route.fulfill({ json: { ...(await body()), next: null } });
      } catch {
        // The page or the ledger has gone meanwhile.
      }
    });
  await answer('**/v1/overview?*', async () => {
    if (accounts) return { accounts };
    return { accounts: await Promise.all((await all()).map((each) => countsOf(ledger, each))) };
  });
  await answer('**/v1/gateways?*', async () => {
    const lists = (await all()).map(({ account }) => gatewaysOf(ledger, account));
    return { gateways: (await Promise.all(lists)).flat() };
  });
};
