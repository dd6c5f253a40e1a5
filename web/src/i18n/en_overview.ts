// What the console says in English where there are many: all accounts, the table, labels, and the same done
// with several gateways at once.
const plural = (n: number, one: string, many: string) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export const overview = {
  title: 'Overview',
  accounts: (n: number) => plural(n, 'account', 'accounts'),
  allAccounts: 'All accounts',
  allGateways: 'All gateways',
  allOf: 'Gateways of all accounts',
  search: 'Search accounts',
  searchHint: 'Account name',
  attention: 'Need attention',
  attentionIn: 'Need attention in {account}: {n}',
  last: 'Last activity',
  nothingYet: 'none yet',
  none: 'No account matches.',
};

export const list = {
  status: 'Status',
  view: 'View',
  views: { tiles: 'Tiles', table: 'Table' },
  sortBy: 'Sort by {column}',
  keyUntil: 'until {time}',
  noKey: 'none',
  why: {
    failed: 'installation failed',
    certificate: 'certificate ends',
    attempt: 'somebody was refused',
    restored: 'not accepted yet',
  },
  showAll: 'Show all',
  keys: 'Arrow keys move, Enter opens, Space selects.',
};

export const labels = {
  title: 'Labels',
  of: 'Labels of {name}',
  only: 'Only {label}',
  without: 'No longer only {label}',
  none: 'No gateway has labels yet.',
  action: 'Labels and note',
  windowTitle: 'Labels and note of {name}',
  key: 'Key',
  value: 'Value',
  keyOf: 'Key of label {n}',
  valueOf: 'Value of label {n}',
  badKey:
    'This is not a key: lower-case letters, digits, dots, dashes and underscores, at most 63.',
  twice: 'This key is there twice.',
  add: 'Add label',
  remove: 'Remove label {n}',
  note: 'Note',
  save: 'Save',
};

export const many = {
  select: 'Select {name}',
  selectAll: 'Select all',
  selected: (n: number) => `${n.toLocaleString('en')} selected`,
  actions: 'For those selected',
  unselect: 'Unselect',
  generate: 'Generate keys',
  revoke: 'Revoke keys',
  remove: 'Remove',
  addAction: 'Add several',
  addTitle: 'Add several gateways',
  addLead:
    'One name a line, or CSV whose first line names its columns: name, primary (a name), labels (site:Lyon; floor:2).',
  text: 'Names or CSV',
  file: 'Open a file',
  preview: 'What will be added',
  line: 'Line',
  primary: 'Primary',
  addButton: (n: number) => `Add ${plural(n, 'gateway', 'gateways')}`,
  leftOut: (n: number) =>
    plural(
      n,
      'line is left out, for the reason beside it.',
      'lines are left out, for the reasons beside them.',
    ),
  tooMany: 'At most {n} lines at once; the others are left out.',
  problem: {
    noName: 'No name',
    longName: 'The name is longer than 100 characters',
    twice: 'The name is in the list twice',
    taken: 'A gateway of this name is there already',
    noPrimary: 'No gateway is called {name}',
    notPrimary: '{name} is a secondary itself',
    full: '{name} has five secondaries, the most there can be',
    label: 'Not a label: {label}',
  },
  removeTitle: 'Remove gateways',
  submits: {
    generate: (n: number) => `Generate ${plural(n, 'key', 'keys')}`,
    revoke: (n: number) => `Revoke ${plural(n, 'key', 'keys')}`,
    remove: (n: number) => `Remove ${plural(n, 'gateway', 'gateways')}`,
  },
  ends: {
    keys: (n: number) =>
      plural(n, 'active key stops working at once.', 'active keys stop working at once.'),
    pending: (n: number) =>
      plural(n, 'installation under way is abandoned.', 'installations under way are abandoned.'),
    registered: (n: number) =>
      plural(
        n,
        'registration ends: the gateway is refused from then on.',
        'registrations end: these gateways are refused from then on.',
      ),
    gone: 'The gateways disappear from their accounts; their history stays. This cannot be undone.',
    nothing: 'This ends nothing.',
  },
  replaceToo: (n: number) =>
    `Also replace the ${n === 1 ? 'machine of 1 gateway that is' : `machines of ${n.toLocaleString('en')} gateways that are`} registered. Each keeps working until its new machine checks in.`,
  without: {
    registered: (n: number) =>
      `${plural(n, 'gateway that is', 'gateways that are')} registered get no key.`,
    noKey: (n: number) =>
      `${plural(n, 'gateway has', 'gateways have')} no active key and stay as they are.`,
    hasSecondaries: (n: number) =>
      `${plural(n, 'gateway has', 'gateways have')} secondaries that were not selected and stay.`,
  },
  nothingToDo: 'There is nothing to do for those selected.',
  typeCount: 'To confirm, type how many: {n}',
  progress: '{done} of {all}',
  done: 'Done',
  waits: 'Waiting',
  failed: (n: number) => plural(n, 'has failed', 'have failed'),
  allDone: 'All is done.',
  retry: 'Try again what failed',
  needed: 'What it depends on was not done.',
  stop: 'Stop',
  stopped: 'Stopped before it was done.',
  keysCsv: 'Download CSV with keys',
  keysLead:
    'Each key works once, for its gateway only. That they were shown to you here is recorded. Keep the file as you would keep the keys.',
  outcomes: 'Outcome',
};
