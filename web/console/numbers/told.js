// Figures in words: times, shares and how many they rest on.

import { fill } from "../../shared/language.js";

/** @typedef {import("./page.js").Told} Told */

const FEW = 10;
const UNITS = /** @type {const} */ ([["second", 1, 90], ["minute", 60, 90 * 60], ["hour", 3600, 48 * 3600], ["day", 86_400, Infinity]]);

/** @param {number} value @param {string} kind @param {string} language */
export function worded(value, kind, language) {
  if (kind !== "time") return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: value < 0.1 ? 1 : 0 }).format(value);
  const [unit, size] = UNITS.find(([, , most]) => value < most) ?? UNITS[3];
  const briefly = value < 1; // rounded to none at all it would look like a mistake
  const digits = value / size < 10 && size > 1 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(briefly ? 1 : value / size).replace(/^/u, briefly ? "< " : "");
}

/** What a figure is; a dash where there is none. @param {Told} told @param {string} kind @param {string} language */
export function valueOf({ value }, kind, language) {
  return value === null ? "\u2013" : worded(value, kind, language);
}

/** The spread: the ninth decile of a time, the interval of a share. @param {Told} told @param {string} kind @param {string} language @param {import("../strings.js").Strings} strings */
export function spread({ p90, low, high }, kind, language, strings) {
  if (p90 !== null) return fill(strings.numWithin, { value: worded(p90, kind, language) });
  if (low !== null && high !== null) return fill(strings.numInterval, { low: worded(low, kind, language), high: worded(high, kind, language) });
  return "";
}

/** How many it rests on, and whether these are few. @param {Told} told @param {import("../strings.js").Strings} strings */
export function rests({ n }, strings) {
  if (n === 0) return strings.numNone;
  return n < FEW ? fill(strings.numFew, { n }) : `n = ${n}`;
}
