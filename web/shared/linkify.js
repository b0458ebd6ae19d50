// Finds web and mail addresses in plain text. Callers put each part into a text node or into the href of an anchor, so
// nothing a person or a model wrote can become markup.

/** @typedef {{ text: string, href: string | null }} Part */

const CANDIDATE =
  /\b(?:https?:\/\/|www\.)[^\s<>"'`\u0000-\u001f\u007f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/giu;
const MAX_LENGTH = 2000; // anything longer is no address a person would follow, and takes long to check
const TRAILING = /[.,;:!?…'"»”’。，；：！？、）]{1,99}$/u;

/**
 * Splits a text into plain parts and links.
 * @param {string} text
 * @returns {Part[]}  their texts joined are exactly the text that came in
 */
export function linkify(text) {
  /** @type {Part[]} */
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    if (match[0].length > MAX_LENGTH) continue;
    const shown = trimmed(match[0]);
    const href = safeHref(shown);
    if (href === null) continue;
    if (match.index > done) parts.push({ text: text.slice(done, match.index), href: null });
    parts.push({ text: shown, href });
    done = match.index + shown.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done), href: null });
  return parts;
}

/** The address without the punctuation of the sentence around it. @param {string} candidate */
function trimmed(candidate) {
  for (;;) {
    let next = candidate.replace(TRAILING, "");
    for (const [open, close] of ["()", "[]", "{}"]) {
      if (open && close && next.endsWith(close) && count(next, close) > count(next, open)) next = next.slice(0, -1);
    }
    if (next === candidate) return next;
    candidate = next;
  }
}

/** @param {string} text @param {string} character */
function count(text, character) {
  return text.split(character).length - 1;
}

/** The href of an address found in text; null where it stays plain text. @param {string} shown */
function safeHref(shown) {
  if (/^(https?:\/\/|www\.)/i.test(shown)) return webAddress(/^www\./i.test(shown) ? `https://${shown}` : shown);
  return `mailto:${shown}`;
}

/**
 * An absolute http(s) address, or null. Addresses that carry a user name are refused: "https://shop.example@evil.example"
 * reads like one site and leads to another.
 * @param {string | null | undefined} address
 * @param {string} [base]  what a relative address is relative to
 * @returns {string | null}
 */
export function webAddress(address, base) {
  if (!address) return null;
  try {
    const url = new URL(address, base);
    const web = url.protocol === "https:" || url.protocol === "http:";
    return web && url.username === "" && url.password === "" && url.hostname !== "" ? url.href : null;
  } catch {
    return null;
  }
}
