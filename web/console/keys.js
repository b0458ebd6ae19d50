// The console's keys: one table, from which the keys, the palette, the help, tips and aria-keyshortcuts come. A single letter
// acts only where nobody types, and can be turned off (WCAG 2.1.4); no key of any set has Alt, which types characters on many
// keyboards. Keys one after the other stand with a space between; a capital is one with Shift; Mod is Ctrl or ⌘.

import { SETS } from "./key-sets.js";

/** @typedef {keyof typeof KEYS} Act */
/** @typedef {keyof typeof SETS} KeySet */

export const KEYS = {
  palette: { keys: ["Mod+k"], words: "palette" },
  next: { keys: ["N"], words: "next" },
  nextInList: { keys: ["j", "ArrowDown"], words: "nextInList" },
  previousInList: { keys: ["k", "ArrowUp"], words: "previousInList" },
  search: { keys: ["/"], words: "goToSearch" },
  claim: { keys: ["i"], words: "claim" },
  reply: { keys: ["r"], words: "reply" },
  note: { keys: ["n"], words: "note" },
  use1: { keys: ["1"], words: "suggestion" },
  use2: { keys: ["2"], words: "suggestion" },
  use3: { keys: ["3"], words: "suggestion" },
  noneFits: { keys: ["0"], words: "noneFits" },
  macros: { keys: ["m"], words: "macros" },
  saveMacro: { keys: [], words: "saveMacro" },
  evidence: { keys: ["v"], words: "evidence" },
  assign: { keys: ["a"], words: "assign" },
  snooze: { keys: ["b"], words: "snooze" },
  tags: { keys: ["l"], words: "editTags" },
  done: { keys: ["e"], words: "close" },
  doneNext: { keys: ["]"], words: "doneNext" },
  donePrevious: { keys: ["["], words: "donePrevious" },
  undo: { keys: ["z"], words: "undoLast" },
  toBot: { keys: ["B"], words: "toBot" },
  release: { keys: ["I"], words: "release" },
  select: { keys: ["x"], words: "select" },
  selectDown: { keys: ["J"], words: "selectDown" },
  selectUp: { keys: ["K"], words: "selectUp" },
  goQueue: { keys: ["g q"], words: "queue" },
  goMine: { keys: ["g m"], words: "mine" },
  goTeam: { keys: ["g t"], words: "team" },
  goAll: { keys: ["g a"], words: "all" },
  goSnoozed: { keys: ["g s"], words: "snoozed" },
  goNumbers: { keys: ["g r"], words: "numbers" },
  goDone: { keys: ["g d"], words: "done" },
  saveView: { keys: [], words: "saveView" },
  copyNumber: { keys: ["."], words: "copyNumber" },
  copyTitle: { keys: [". ."], words: "copyTitle" },
  copyLink: { keys: [". . ."], words: "copyLink" },
  back: { keys: ["u", "Escape"], words: "back" },
  side: { keys: ["p"], words: "sidePanel" },
  help: { keys: ["?"], words: "keys" },
};

/** Signs of the table that layouts without Latin letters have letters for, by their places. @type {Record<string, string>} */
const SIGNS = { BracketLeft: "[", BracketRight: "]", Period: ".", Slash: "/", Semicolon: ";", Backslash: "\\" };
const TOGETHER = 1_500; // milliseconds within which keys count as one after the other

/** The set that is used: a page has one keyboard. @type {KeySet} */
let used = "default";
/** What was pressed, while more may follow. */
let begun = "";
let begunAt = 0;

/** @param {unknown} name  a set that is not there means the default one */
export function useKeys(name) {
  used = typeof name === "string" && Object.hasOwn(SETS, name) ? /** @type {KeySet} */ (name) : "default";
  begun = "";
}

/** @returns {KeySet} */
export function keySet() {
  return used;
}

/** The keys of an act in the set that is used. @param {Act} act @returns {readonly string[]} */
export function keysOf(act) {
  const own = /** @type {Partial<Record<Act, readonly string[]>>} */ (SETS[used])[act] ?? KEYS[act].keys;
  return used === "off" ? own.filter((key) => key.startsWith("Mod+") || key.length > 1 && !key.includes(" ")) : own;
}

/** The act of a key that was pressed, or null. @param {KeyboardEvent} event @returns {Act | null} */
export function actOf(event) {
  if (event.isComposing || event.keyCode === 229 || event.key === "Shift") return null;
  // AltGr, and Alt on a Mac, type signs; Windows calls it Ctrl with Alt.
  const signs = event.getModifierState?.("AltGraph") || (event.altKey && /^[!-/:-@[-`{-~]$/.test(event.key));
  if (event.altKey && !signs) return null;
  const modifier = !signs && (event.ctrlKey || event.metaKey) ? "Mod+" : "";
  const typing = event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing && modifier !== "Mod+") return null;
  const key = modifier + named(event, modifier !== "");
  const acts = /** @type {Act[]} */ (Object.keys(KEYS));
  const longer = begun && event.timeStamp - begunAt < TOGETHER ? `${begun} ${key}` : "";
  for (const tried of longer ? [longer, key] : [key]) {
    const found = acts.find((act) => keysOf(act).includes(tried));
    const goesOn = acts.some((act) => keysOf(act).some((each) => each.startsWith(`${tried} `)));
    [begun, begunAt] = [goesOn ? tried : "", event.timeStamp];
    if (found || goesOn) return found ?? null;
  }
  return null;
}

/** The key by what it types; where the layout has no Latin letters, by its place. @param {KeyboardEvent} event @param {boolean} modified */
function named({ code, key, shiftKey }, modified) {
  const place = /^Key([A-Z])$/.exec(code)?.[1] ?? (shiftKey ? undefined : SIGNS[code]);
  const plain = /^[\x20-\x7e]$/.test(key) || key.length > 1 || !place;
  const letter = plain ? key : shiftKey ? place : place.toLowerCase();
  return modified && !shiftKey && letter.length === 1 ? letter.toLowerCase() : letter;
}

/** For aria-keyshortcuts and a button's tip: the first of its keys. @param {Act} act */
export function keyOf(act) {
  const [key] = keysOf(act);
  return key ? shown(key).replaceAll(" ", ", ").replace("Mod", "Control") : "";
}

/** @param {string} key */
export function shown(key) {
  return key.split(" ").map((each) => (/^[A-Z]$/.test(each) ? `Shift+${each}` : each.replace(/\+(\w)$/, (_, letter) => (/[A-Z]/.test(letter) ? `+Shift+${letter}` : `+${letter.toUpperCase()}`)))).join(" ");
}
