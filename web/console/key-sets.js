// Sets of keys for hands that know another console: only what differs from the table of keys.js. Data, nothing else.

export const SETS = {
  default: {},
  intercom: {
    note: ["n"], claim: ["A"], assign: ["a"], snooze: ["z"], undo: [], tags: [";"], done: ["e"], nextInList: ["j", "ArrowDown"], macros: ["\\"],
  },
  /** Its letters, without the Alt that it has: Alt and L type "@" on a German Mac, and a note became a reply. */
  chatwoot: {
    reply: ["l"], note: ["p"], snooze: ["m"], goQueue: ["c"], side: ["o"], tags: [";"], macros: ["\\"],
  },
  /** No key of one letter; what has a modifier or a name still works. */
  off: {},
};
