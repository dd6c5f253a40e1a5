// What the console says in English of proofs: of one event, of the last ones, and of the ledger.
export const proof = {
  action: 'Proof',
  of: 'Proof of event {n}',
  working: 'Fetching and hashing…',
  waiting: 'No checkpoint covers this event yet. Waiting for the next one…',
  uncovered:
    'No checkpoint covers event {n} yet. The ledger makes one about every second while it can write; if this stays so, look at its log.',
  good: 'Event {n} is in the history.',
  goodHow:
    'Your browser has hashed the stored bytes itself and arrived at the root that the ledger has signed.',
  unsigned:
    'Event {n} is in the tree that the checkpoint states. This browser cannot check the checkpoint’s signature (Ed25519): use the command below.',
  bad: 'Event {n} is not proven to be in the history.',
  badAdvice:
    'Do not rely on it. Keep the proof and the entry, ask what stands between you and the ledger, and type on the machine of the ledger:',
  badCommand: 'latchkey verify --data DIR',
  why: {
    key: 'Key: the verifier key that the server names is not one.',
    checkpoint: 'Checkpoint: what the server sends is not one.',
    origin: 'Checkpoint: it is of another ledger.',
    signature: 'Signature: the checkpoint is not signed with the key of this ledger.',
    root: 'Root: the hashes of the tree do not lead to the root that was signed.',
    tile: 'Tree: the hashes of events {from} to {to} do not lead to the root that was signed.',
    leaf: 'Leaf: the stored bytes of event {from} are not those that the tree has there.',
    bundle: 'Entries: what the server sends for events {from} to {to} is not as many entries.',
  },
  event: 'Event',
  history: 'History',
  root: 'Root',
  origin: 'Origin',
  checkpoint: 'Checkpoint',
  signature: 'Signature',
  signed: 'good',
  notChecked: 'not checked',
  offline: 'Check it without this server',
  offlineHint:
    'Take the verifier key from where you kept it: a server that lies would name another one.',
  downloadProof: 'Download proof',
  downloadEntry: 'Download entry',
  ledger: {
    title: 'Proof',
    lead: 'What the ledger has signed about itself. Keep the verifier key elsewhere: with it anyone can check a proof.',
    epoch: 'Epoch',
    version: 'Server version',
    ca: 'CA',
    caUntil: '{sha256}, valid until {time}',
    run: '{events}, {time}',
    noCheckpoint: 'none yet',
    witnesses: 'Witnesses',
    witnessed: '{name}: {events}, {time}',
    notWitnessed: '{name}: nothing yet',
    noWitness:
      'No witness cosigns this ledger. With --witness, or with --checkpoint-file on another disk, an old copy of the ledger is noticed.',
    copyElsewhere:
      'A second checkpoint is kept outside the directory of the ledger: an old copy of the ledger is noticed.',
    vkey: 'Verifier key',
    copyVkey: 'Copy key',
    download: 'Download checkpoint',
  },
  verify: {
    title: 'Verify the last events',
    lead: 'Your browser fetches the stored bytes and the hashes, and computes its way up to the signed root.',
    count: 'How many',
    start: 'Verify',
    progress: '{done} of {total}',
    cancelled: 'Cancelled. Up to there all was right: {events}.',
    good: 'All is right: {events}, from {from} to {to}, are in the history as it was signed.',
    unsigned:
      'The tree is right: {events}, from {from} to {to}, are in it. This browser cannot check the checkpoint’s signature (Ed25519).',
    of: '{size}, root {root}',
    bad: 'The history is not proven.',
    badEvent: 'The history is not proven: event {n} is the first bad one.',
    badAdvice:
      'Do not rely on it. Ask what stands between you and the ledger, and type on the machine of the ledger:',
    none: 'There is no checkpoint of this ledger yet.',
  },
};
