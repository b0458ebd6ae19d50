// Messages of which nothing would be seen: spaces, and characters made to be invisible (zero width, directions, variation
// selectors, fillers, tags). The server refuses the same ones (chatbot/dialogue/text/blank.py).

/** Whether nothing of a text can be seen. @param {string} text */
export function isBlank(text) {
  return /^[\p{DI}\p{Z}\p{Cc}\u2800\ufff9-\ufffc\u{1d159}]*$/u.test(text);
}
