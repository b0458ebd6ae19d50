// The numbers: one dialog over the desk, with every figure of a period, what it means, and what it was before. What is asked
// for last is what is drawn.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { reason } from "../account.js";
import { asking } from "../settings/requests.js";
import { behind } from "./behind.js";
import { card } from "./card.js";
import { judging } from "./judging.js";

/** @typedef {import("../types.js").Desk} Desk */
/** @typedef {{ n: number, value: number | null, p90: number | null, low: number | null, high: number | null }} Told */
/** @typedef {{ id: string, kind: "time" | "share" | "characters" | "size", now: Told, before: Told, weeks: (Told & { week: string })[], groups: (Told & { by: string, key: string | null })[] }} Figure */
/** @typedef {{ from: string, to: string, before: { from: string, to: string }, zone: string, agent: string | null, figures: Figure[] }} Numbers */
/** @typedef {{ desk: Desk, ask: import("../settings/requests.js").Ask, query: () => URLSearchParams, show: (id: string) => void, judge: (() => void) | null, open: (figure: Figure, group?: { by: string, key: string | null }) => void }} Page */

export const GROUPS = {
  numWaiting: ["first_person", "first_any", "reply", "resolution", "handle"],
  numAlone: ["automation", "wrong"],
  numSuggested: ["shown", "used", "as_is", "edit_size", "facts", "completion", "kept"],
  numCustomers: ["csat", "rated"],
};

/** @param {Desk} desk @param {(id: string) => void} show @param {() => void} left  it was closed */
export function openNumbers(desk, show, left) {
  const { api, strings, me } = desk;
  if (document.querySelector("dialog.numbers")) return;
  const body = el("div", { class: "page", tabindex: "-1" });
  const trouble = el("p", { class: "trouble", role: "alert" });
  const days = choice(strings.numPeriod, { 7: fill(strings.numDays, { days: 7 }), 28: fill(strings.numDays, { days: 28 }), 90: fill(strings.numDays, { days: 90 }), dates: strings.numDates }, "28");
  const dates = [strings.numFrom, strings.numTo].map((words) => el("input", { type: "date", "aria-label": words, onchange: () => void draw() }));
  const between = el("span", { class: "dates", hidden: true }, ...dates);
  const by = choice(strings.numBy, { "": strings.numByNothing, topic: strings.numByTopic, agent: strings.numByAgent, language: strings.numByLanguage }, "");
  const of = choice(strings.numOf, { "": strings.numOfAll }, "");
  const sheet = el("a", { download: "" }, strings.numSheet);
  const controls = el("form", { class: "asked", onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, days.label, between, by.label, me.permissions.includes("numbers") && of.label, sheet);
  let asked = 0;
  let shown = new URLSearchParams(); // the period and person of what is drawn

  const wanted = () => {
    const [from = "", to = ""] = dates.map((date) => date.value);
    /** @type {Record<string, string>} */
    const when = days.select.value === "dates" && from && to ? { from, to } : { days: String(Number(days.select.value) || 28) };
    if (of.select.value) when.of = of.select.value;
    return new URLSearchParams(when);
  };
  const draw = async () => {
    const mine = (asked += 1);
    between.hidden = days.select.value !== "dates";
    if (!between.hidden && dates.some((date) => !date.value)) return;
    const query = wanted();
    sheet.href = `/v1/numbers.csv?${query}`;
    const grouped = by.select.value ? `&by=${by.select.value}` : "";
    body.setAttribute("aria-busy", "true");
    try {
      const numbers = await page.ask("GET", `/v1/numbers?${query}${grouped}`);
      if (mine !== asked) return;
      shown = query;
      trouble.textContent = "";
      body.replaceChildren(...drawn(page, numbers));
    } catch (error) {
      if (mine === asked) trouble.textContent = reason(error);
    } finally {
      if (mine === asked) body.removeAttribute("aria-busy");
    }
  };
  /** @type {Page} */
  const page = {
    desk, ask: asking(desk), query: () => new URLSearchParams(shown),
    show: (id) => (dialog.close(), show(id)),
    judge: me.permissions.includes("knowledge") ? () => judging(page, () => void draw()) : null,
    open: (figure, group) => void behind(page, figure, group).catch((error) => (trouble.textContent = reason(error))),
  };
  for (const { select } of [days, by, of]) select.addEventListener("change", () => void draw());
  const dialog = el("dialog", { class: "numbers", "aria-label": strings.numbers, onclose: () => (dialog.remove(), left()) },
    el("header", {}, el("h2", {}, strings.numbers), controls, el("button", { type: "button", onclick: () => dialog.close() }, strings.numClose)), trouble, body);
  document.body.append(dialog);
  dialog.showModal();
  void draw();
  if (me.permissions.includes("numbers")) void api.known().then(({ people }) => of.select.append(...people.map((name) => el("option", { value: name }, name)))).catch(() => {}); // all of them together are there
}

/** @param {Page} page @param {Numbers} numbers */
function drawn(page, numbers) {
  const { strings, language } = page.desk;
  const day = (/** @type {string} */ date) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(date));
  const span = (/** @type {{ from: string, to: string }} */ { from, to }) => `${day(from)} \u2013 ${day(to)}`;
  const own = !page.desk.me.permissions.includes("numbers");
  const figures = new Map(numbers.figures.map((figure) => [figure.id, figure]));
  const sections = Object.entries(GROUPS).map(([words, ids]) => el("section", {}, el("h3", {}, strings[/** @type {keyof typeof GROUPS} */ (words)]),
    el("div", { class: "figures" }, ...ids.flatMap((id) => figures.get(id) ?? []).map((figure) => card(page, figure)))));
  return [el("p", { class: "about" }, fill(strings.numAbout, { span: span(numbers), before: span(numbers.before), zone: numbers.zone }), own && ` ${strings.numOwn}`), ...sections];
}

/** @param {string} words @param {Record<string, string>} options @param {string} chosen */
function choice(words, options, chosen) {
  const select = el("select", {}, ...Object.entries(options).map(([value, name]) => el("option", { value, selected: value === chosen }, name)));
  return { select, label: el("label", {}, words, select) };
}
