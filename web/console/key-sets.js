// Sets of keys for hands that know another console: only what differs from the table of keys.js. Data, nothing else.

export const SETS = {
  default: {},
  intercom: {
    note: ["n"], claim: ["A"], assign: ["a"], snooze: ["z"], undo: [], tags: [";"], done: ["e"], nextInList: ["j", "ArrowDown"], macros: ["\\"],
  },
  chatwoot: {
    nextInList: ["Alt+j", "ArrowDown"], previousInList: ["Alt+k", "ArrowUp"], reply: ["Alt+l"], note: ["Alt+p"], done: ["Alt+e"], snooze: ["Alt+m"],
    goQueue: ["Alt+c"],
  },
  /** No key of one letter; what has a modifier or a name still works. */
  off: {},
};
