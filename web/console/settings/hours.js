// The page of opening hours: the spans of each weekday, the zone of the desk's clock, days that are closed all the same, and what
// a customer reads who is handed over now. It is written as the settings and the command line write it.

import { el } from "../../shared/dom.js";
import { fill, said } from "../../shared/language.js";

/** @typedef {{ opens: string, closes: string }} Span */
/** @typedef {{ first: string, last: string }} Closed */
/** @typedef {{ hours: string | null, zone: string | null, days: Span[][], closed: Closed[], by: string | null, at: string | null, told: string }} Hours */

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const USUAL = { opens: "09:00", closes: "17:00" };

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { strings, language } = frame.desk;
  const address = `/v1/desk/hours?language=${language}`;
  /** @type {Hours} */
  const given = await frame.ask("GET", address);
  const days = DAYS.map((_, at) => given.days[at] ?? (given.hours === null && at < 5 ? [{ ...USUAL }] : []));
  const closed = [...given.closed];
  const zone = el("select", {}, ...zones(given.zone).map((name) => el("option", { value: name, selected: name === (given.zone ?? here()) }, name)));
  const week = el("div", { class: "week" });
  const away = el("ul", { class: "away" });

  const save = async (/** @type {string | null} */ hours, /** @type {string} */ done) => {
    let kept = false;
    await frame.attempt(async () => { await frame.ask("PUT", address, { hours }); kept = true; });
    if (kept) frame.once(done);
  };
  const drawWeek = () => week.replaceChildren(...days.map((spans, at) => weekday(strings, dayName(at, language), spans, drawWeek)));
  const drawAway = () => away.replaceChildren(...closed.map((stretch) => el("li", {}, el("span", {}, between(stretch, language)),
    el("button", { type: "button", "aria-label": fill(strings.setClosedRemoveOf, { days: between(stretch, language) }), onclick: () => { closed.splice(closed.indexOf(stretch), 1); drawAway(); } }, "\u00d7"))));
  const [first, last] = [el("input", { type: "date" }), el("input", { type: "date" })];
  const add = () => {
    if (!first.value) return first.focus();
    closed.push({ first: first.value, last: last.value || first.value });
    closed.sort((a, b) => a.first.localeCompare(b.first));
    first.value = last.value = "";
    drawAway();
  };
  drawWeek();
  drawAway();
  const form = el("form", { class: "hours", "aria-label": strings.setHours },
    el("fieldset", {}, el("legend", {}, strings.setWeek), week),
    el("label", {}, strings.setZone, zone, el("small", {}, strings.setZoneWhy)),
    el("fieldset", {}, el("legend", {}, strings.setClosedDays), el("p", {}, strings.setClosedWhy), away, el("div", { class: "dates" }, el("label", {}, strings.setClosedFirst, first), el("label", {}, strings.setClosedLast, last), el("button", { type: "button", onclick: add }, strings.setClosedAdd))),
    el("button", { class: "main" }, strings.setSave),
    given.hours !== null && el("button", { type: "button", onclick: () => void save(null, strings.setHoursNoneDone) }, strings.setHoursNone));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (first.value) add(); // chosen and not added yet
    void save(written(days, zone.value, closed), strings.setHoursDone);
  });
  return el("section", { "aria-label": strings.setHours }, el("p", {}, strings.setHoursWhy),
    el("figure", { class: "says" }, el("figcaption", {}, strings.setHoursTold), el("blockquote", { dir: "auto" }, given.told)),
    el("p", { class: "quiet" }, given.by ? fill(strings.setLaidDown, { name: given.by, when: said(given.at ?? "", language) }) : given.hours ? strings.setHoursFromSettings : strings.setHoursAbsent), form);
}

/** As `UNDERSTUDY_HOURS` is written; a week without a span is none. @param {Span[][]} days @param {string} zone @param {Closed[]} closed */
export function written(days, zone, closed) {
  const spans = days.flatMap((spans, at) => spans.map(({ opens, closes }) => `${DAYS[at]} ${opens}-${closes}`));
  if (!spans.length) return null;
  const stretches = closed.map(({ first, last }) => (first === last ? first : `${first}..${last}`));
  return `${spans.join(", ")} ${zone}${stretches.length ? ` closed ${stretches.join(", ")}` : ""}`;
}

/** @param {import("../strings.js").Strings} strings @param {string} name @param {Span[]} spans @param {() => void} again */
function weekday(strings, name, spans, again) {
  const time = (/** @type {Span} */ span, /** @type {keyof Span} */ end, /** @type {string} */ words) =>
    el("input", { type: "time", required: true, value: span[end], "aria-label": `${name}: ${words}`, onchange: (/** @type {Event} */ { target }) => (span[end] = /** @type {HTMLInputElement} */ (target).value) });
  return el("div", { class: "weekday", role: "group", "aria-label": name }, el("strong", {}, name),
    el("div", { class: "spans" }, !spans.length && el("span", { class: "quiet" }, strings.setClosed),
      ...spans.map((span) => el("span", { class: "span" }, time(span, "opens", strings.setOpens), "\u2013", time(span, "closes", strings.setCloses),
        el("button", { type: "button", "aria-label": fill(strings.setSpanRemoveOf, { day: name, span: `${span.opens}\u2013${span.closes}` }), onclick: () => { spans.splice(spans.indexOf(span), 1); again(); } }, "\u00d7")))),
    el("button", { type: "button", "aria-label": fill(strings.setSpanAddOf, { day: name }), onclick: () => { spans.push(spans.length ? { opens: "", closes: "" } : { ...USUAL }); again(); } }, strings.setSpanAdd));
}

/** @param {number} at @param {string} language */
function dayName(at, language) {
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2026, 0, 5 + at))); // a Monday
}

/** @param {Closed} stretch @param {string} language */
function between({ first, last }, language) {
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  return day.formatRange(new Date(first), new Date(last));
}

function here() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Those that the browser knows, and those in use. @param {string | null} given */
function zones(given) {
  return [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC", here(), ...(given ? [given] : [])])].sort();
}
