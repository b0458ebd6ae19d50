// Chooses the language of a page's strings and fills values in. The strings themselves belong to the page.

/**
 * The strings in the first wanted language that exists; in English where they cannot be loaded.
 * @template {Record<string, string>} T
 * @param {readonly string[]} wanted  language tags, best first
 * @param {T} english
 * @param {Record<string, () => Promise<{ default: Partial<T> }>>} others  by language; what one leaves out is said in English
 * @param {(() => Promise<{ default: Partial<T> }>) | null} custom         other strings, taken to be in the first wanted language
 * @returns {Promise<{ language: string, strings: T }>}
 */
export async function loadStrings(wanted, english, others, custom) {
  const language = (custom ? wanted[0] : wanted.find((tag) => primary(tag) === "en" || primary(tag) in others)) ?? "en";
  const load = custom ?? others[primary(language)];
  try {
    return { language, strings: { ...english, ...(await load?.())?.default } };
  } catch {
    return { language: "en", strings: english };
  }
}

/** The language of a tag such as "zh-Hans-CN". @param {string} tag */
function primary(tag) {
  return tag.toLowerCase().split("-")[0] ?? "";
}

/** The direction in which a language is written; that of the page around may be another. @param {string} language */
export function direction(language) {
  return /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)\b/i.test(language) ? "rtl" : "ltr";
}

/** The sentence with its {name}s replaced. @param {string} sentence @param {Record<string, string | number>} values */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** When something was said: the time, and before today the date with it; nothing where that is no time. @param {string} at @param {string} language */
export function said(at, language) {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return "";
  const today = when.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" }).format(when);
}
