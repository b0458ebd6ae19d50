// Asks whether an answer helped: two thumbs, then a word of thanks that can be undone, after a "no" with a button for a person.

import { el } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

/**
 * The buttons below one answer.
 * @param {import("./types.js").Strings} strings
 * @param {(value: 1 | -1 | 0) => void} onJudge
 * @param {() => void} onPerson
 */
export function feedback(strings, onJudge, onPerson) {
  const yes = el("button", { type: "button", class: "thumb", "aria-label": strings.helpful, title: strings.helpful, onclick: () => onJudge(1) }, icon("thumb"));
  const no = el("button", { type: "button", class: "thumb down", "aria-label": strings.unhelpful, title: strings.unhelpful, onclick: () => onJudge(-1) }, icon("thumb"));
  const words = el("span", { role: "status" });
  const undo = el("button", { type: "button", class: "undo", onclick: () => onJudge(0) }, strings.undo);
  const person = el("button", { type: "button", class: "undo", onclick: onPerson }, strings.person);
  const element = el("div", { class: "feedback", part: "feedback", role: "group", "aria-label": strings.helped }, yes, no, words, person, undo);
  let shown = /** @type {1 | -1 | null | undefined} */ (undefined);
  return {
    element,
    /** @param {1 | -1 | null} value @param {boolean} open  whether the bot still answers, so that a person can be requested */
    show(value, open) {
      const held = element.matches(":focus-within");
      const changed = shown !== undefined && shown !== value;
      yes.hidden = no.hidden = value !== null;
      undo.hidden = value === null;
      person.hidden = value !== -1 || !open;
      words.textContent = value === 1 ? strings.thanked : value === -1 ? strings.regretted : "";
      if (held && changed) (value === null ? (shown === -1 ? no : yes) : undo).focus(); // what was pressed is gone
      shown = value;
    },
  };
}
