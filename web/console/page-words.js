// The words of the pages that are loaded when they are opened: settings, numbers, one's own account.

/** @typedef {import("./types.js").Desk} Desk */

/** Puts them among the desk's; before that nothing may look for one. @param {Desk} desk @returns {Promise<void>} */
export async function pageWords({ strings, language }) {
  if ("setClose" in strings) return;
  const [{ english }, other] = await Promise.all([import("./strings-pages.js"), /^zh\b/i.test(language) ? import("./strings-pages-zh.js") : null]);
  Object.assign(strings, english, other?.default);
}
