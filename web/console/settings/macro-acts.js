// The part of a macro's form that says what is done when the reply goes: tags, to whom, snooze, done.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { presetsOf, whenOf } from "../when.js";

/** @typedef {import("../types.js").ActsWithReply} ActsWithReply */
/** @typedef {{ tags: string[], people: string[], teams: { name: string }[] }} Known */

/**
 * @param {import("../types.js").Desk} desk @param {Known} known @param {ActsWithReply} acts  as they are now
 * @returns {{ element: HTMLElement, chosen: () => ActsWithReply }}
 */
export function actsForm({ clock, language, me, strings }, { people, tags, teams }, acts) {
  const listed = (/** @type {string} */ id, /** @type {string[]} */ words) => el("datalist", { id }, ...words.map((value) => el("option", { value })));
  const box = (/** @type {readonly string[] | undefined} */ value) => el("input", { maxlength: "400", autocomplete: "off", list: "macro-tags", dir: "auto", value: (value ?? []).join(", ") });
  const [add, remove] = [box(acts.add), box(acts.remove)];
  const option = (/** @type {string} */ value, /** @type {string} */ words) => el("option", { value }, words);
  const given = acts.to ? `to:${acts.to}` : acts.team ? `team:${acts.team}` : "";
  const others = [...new Set([...people, acts.to === "me" ? null : acts.to])].filter((name) => name && name !== me.name);
  const whom = el("select", {}, option("", strings.macroNobody), option("to:me", strings.macroSender),
    ...[...others, me.name].map((name) => option(`to:${name}`, name ?? "")),
    ...[...new Set([...teams.map(({ name }) => name), ...(acts.team ? [acts.team] : [])])].map((name) => option(`team:${name}`, fill(strings.theTeam, { name }))));
  whom.value = given;
  const snooze = el("input", { maxlength: "60", autocomplete: "off", list: "macro-times", dir: "auto", value: acts.snooze ?? "", placeholder: strings.macroTime, oninput: () => look() });
  const done = el("input", { type: "checkbox", checked: Boolean(acts.done), onchange: () => look() });
  const look = () => {
    whom.disabled = snooze.disabled = done.checked;
    snooze.setCustomValidity(!snooze.value.trim() || whenOf(snooze.value, clock.now()) ? "" : strings.noTime);
  };
  look();
  const named = (/** @type {string} */ text) => text.split(/[,,、]/).map((tag) => tag.trim()).filter(Boolean);
  return {
    element: el("fieldset", { class: "macro-acts" }, el("legend", {}, strings.macroActs), el("p", {}, strings.macroActsWhat),
      el("label", {}, strings.macroAdd, add), el("label", {}, strings.macroRemove, remove), el("label", {}, strings.macroGive, whom), el("label", {}, strings.macroSnooze, snooze),
      el("label", { class: "check" }, done, strings.macroDone), listed("macro-tags", tags), listed("macro-times", presetsOf(language))),
    chosen: () => {
      const at = whom.value.indexOf(":");
      const beside = done.checked ? { done: true } : { snooze: snooze.value.trim() || null, ...(at > 0 ? { [whom.value.slice(0, at)]: whom.value.slice(at + 1) } : {}) };
      return { add: named(add.value), remove: named(remove.value), ...beside };
    },
  };
}
