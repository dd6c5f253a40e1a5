// What the console says in English of who is signed in.
export const sessions = {
  title: 'Signed in',
  lead: 'Browsers that are signed in to this console. An owner sees those of others, too.',
  who: 'Who',
  since: 'Since',
  lastUsed: 'Last used',
  from: 'From',
  agent: 'Browser',
  unknown: 'unknown',
  here: 'This browser',
  none: 'Nobody is signed in.',
  end: 'End',
  endAll: 'End all',
  endTitle: 'End this session of {name}?',
  endAllTitle: 'End all sessions of {name}?',
  endLead:
    'What was typed there and not saved is lost. Whoever it was can sign in again: to keep them out, revoke the token, or take the right away at the provider.',
  endSelf: 'You will be signed out here.',
};
