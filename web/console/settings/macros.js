// The page of macros: which there are and how often each was used; make one, change it, delete it, and see beforehand what
// it becomes for a customer. The desk's are changed by who leads, one's own by oneself.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { actsInWords } from "../with-reply.js";
import { formPlace } from "./form-place.js";
import { actsForm } from "./macro-acts.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, name: string, text: string, acts: import("../types.js").ActsWithReply, personal: boolean, used: number }} Macro */

const SHORT = 160; // characters of a text in the table

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { me, strings } = frame.desk;
  /** @type {[{ macros: Macro[] }, import("./macro-acts.js").Known]} */
  const [{ macros }, known] = await Promise.all([ask("GET", "/v1/macros"), ask("GET", "/v1/worklist/known")]);
  const leads = me.permissions.includes("lead");
  /** @type {Record<string, string>} */
  const examples = { "customer.first_name": strings.macroFirst, "customer.name": strings.macroFull, "agent.name": me.name, "conversation.number": "c_4711" };

  /** @param {Macro | null} macro  null for a new one @param {() => void} leave */
  const form = (macro, leave) => {
    const name = el("input", { required: true, maxlength: "60", autocomplete: "off", value: macro?.name });
    const preview = el("output", { class: "preview", "aria-label": strings.macroPreview, dir: "auto" });
    const text = el("textarea", { required: true, rows: "4", maxlength: "8000", dir: "auto", oninput: () => show() }, macro?.text);
    const show = () => (preview.textContent = filled(text.value, examples) || strings.macroPreviewNone);
    const put = (/** @type {string} */ variable) => el("button", { type: "button", onclick: () => {
      text.setRangeText(`{{${variable}}}`, text.selectionStart, text.selectionEnd, "end");
      text.focus();
      show();
    } }, variable);
    const acts = actsForm(frame.desk, known, macro?.acts ?? {});
    const own = el("input", { type: "checkbox", checked: macro ? macro.personal : !leads });
    const title = macro ? fill(strings.macroChangeOf, { name: macro.name }) : strings.macroMake;
    show();
    return el("form", { class: "macro", "aria-label": title, onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      void frame.attempt(() => ask(macro ? "PUT" : "POST", macro ? `/v1/macros/${macro.id}` : "/v1/macros", { name: name.value, text: text.value, acts: acts.chosen(), personal: own.checked }));
    } }, el("label", {}, strings.setName, name), el("label", { class: "wide" }, strings.macroText, text),
    el("div", { class: "wide", role: "group", "aria-label": strings.macroVariables }, ...Object.keys(examples).map(put)),
    el("div", { class: "wide" }, el("strong", {}, strings.macroPreview), preview), acts.element,
    leads ? el("fieldset", {}, el("label", { class: "check" }, own, strings.macroOnlyMe)) : el("p", { class: "wide" }, strings.macroYours),
    el("button", { class: "main" }, macro ? strings.setSave : strings.macroMake), macro && el("button", { type: "button", onclick: leave }, strings.setCancel));
  };

  const { place, edit } = formPlace(form);
  const row = (/** @type {Macro} */ macro) => el("tr", {},
    el("th", { scope: "row" }, el("span", { dir: "auto" }, macro.name), macro.personal && ` ${strings.macroOwn}`, el("small", { dir: "auto" }, macro.text.length > SHORT ? `${macro.text.slice(0, SHORT)}\u2026` : macro.text), ...actsInWords(frame.desk, macro.acts, strings.macroSender).map(({ words }) => el("small", { dir: "auto" }, `\u2192 ${words}`))),
    el("td", {}, fill(strings.macroUses, { count: String(macro.used) })),
    el("td", {}, ...(leads || macro.personal ? changes(macro) : [])));
  const changes = (/** @type {Macro} */ macro) => [el("button", { type: "button", "aria-label": fill(strings.macroChangeOf, { name: macro.name }), onclick: () => edit(macro) }, strings.setChange),
      sureButton(strings, { title: fill(strings.setDeleteOf, { name: macro.name }), words: strings.setDeleteHappens, yes: strings.setDelete }, () => frame.attempt(() => ask("DELETE", `/v1/macros/${macro.id}`)))];
  return el("section", { "aria-label": strings.macros }, place, el("table", {}, el("tbody", {}, ...macros.map(row))));
}

/** A text with examples for its variables, as the server fills in values; what it does not know stays. @param {string} text @param {Record<string, string>} examples */
function filled(text, examples) {
  return text.replace(/\{\{([^{}|]*)(?:\|[^{}]*)?\}\}/g, (written, name) => examples[name.trim()] ?? written);
}
