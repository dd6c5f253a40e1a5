// What api/openapi.yaml allows of names, labels and notes, said before the server would refuse it.
export const longestName = 100;
export const longestNote = 1000;
export const maxLabels = 32;
export const longestKey = 63;
export const longestValue = 100;
// The most secondaries of a primary (docs/design.md §1).
export const maxSecondaries = 5;

const key = /^[a-z0-9._-]+$/;
export const badKey = (text: string) => !key.test(text) || text.length > longestKey;
