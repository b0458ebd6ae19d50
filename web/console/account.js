// The two forms before the desk: sign in, and what a link is for (the first admin, an invitation, a new password).

import { el } from "../shared/dom.js";
import { ApiError } from "../shared/http.js";
import { fill } from "../shared/language.js";
import { otherWays } from "./other-ways.js";

/** @typedef {import("./api.js").ConsoleApi} ConsoleApi */
/** @typedef {import("./strings.js").Strings} Strings */
/** @typedef {(me: import("./types.js").Me) => void} Go */

const SHORTEST = 12; // characters of a password, as the server has it

/** @param {ConsoleApi} api @param {Strings} strings @param {string} why @param {Go} go */
export function signInForm(api, strings, why, go) {
  const email = field(strings.email, { type: "email", autocomplete: "username" });
  const password = field(strings.password, { type: "password", autocomplete: "current-password" });
  return form(strings, strings.signIn, why, [email, password], strings.signIn, async (code) => go(await api.signIn({ email: email.input.value, password: password.input.value, ...code })),
    (trouble) => otherWays({ ask: api.ask, strings, again: false, done: go }, trouble));
}

/** @param {ConsoleApi} api @param {Strings} strings @param {string} token @param {Go} go */
export async function linkForm(api, strings, token, go) {
  let link;
  try {
    link = await api.link(token);
  } catch (error) {
    const gone = error instanceof ApiError && error.kind === "gone";
    return signInForm(api, strings, gone ? strings.deadLink : reason(error), go);
  }
  const { kind, made_by } = link;
  if (kind === "demo") {
    try {
      return go(await api.accept({ token }));
    } catch (error) {
      return signInForm(api, strings, reason(error), go);
    }
  }
  const name = kind === "first" ? field(strings.yourName, { autocomplete: "name" }) : null;
  const email = field(strings.email, { type: "email", autocomplete: "username", readonly: kind !== "first", value: link.email ?? "" });
  const password = field(strings.newPassword, { type: "password", autocomplete: "new-password", minlength: SHORTEST }, strings.atLeast);
  const title = { first: strings.firstTitle, invitation: strings.invitedTitle, reset: strings.resetTitle }[kind];
  const why = { first: strings.firstWhy, invitation: fill(strings.invitedWhy, { by: made_by ?? strings.desk }), reset: "" }[kind];
  return form(strings, fill(title, { name: link.name ?? "" }), why, [...(name ? [name] : []), email, password], strings.start, async (code) => {
    const first = name ? { name: name.input.value, email: email.input.value } : {};
    go(await api.accept({ token, password: password.input.value, ...first, ...code }));
  });
}

/**
 * @param {Strings} strings @param {string} title @param {string} why
 * @param {{ label: HTMLElement, input: HTMLInputElement }[]} fields @param {string} word  on the button @param {(code: { code?: string }) => Promise<void>} send  with the second factor's code, once it was asked for
 * @param {(trouble: HTMLElement) => HTMLElement | null} [under]  the button
 */
function form(strings, title, why, fields, word, send, under = () => null) {
  const trouble = el("p", { class: "trouble", role: "alert" });
  const button = el("button", { class: "main" }, word);
  const code = field(strings.code, { inputmode: "numeric", autocomplete: "one-time-code", required: false }, strings.codeHint);
  code.label.hidden = true;
  const made = el("form", { class: "account", "aria-label": title }, el("h1", {}, title), why && el("p", {}, why), ...fields.map(({ label }) => label), code.label, trouble, button, under(trouble));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    trouble.textContent = "";
    try {
      await send(code.label.hidden ? {} : { code: code.input.value });
    } catch (error) {
      if (error instanceof ApiError && error.code === "code_needed" && code.label.hidden) {
        code.label.hidden = false;
        code.input.focus();
      } else trouble.textContent = fill(strings.notSignedIn, { why: reason(error) });
    }
    button.disabled = false;
  });
  return made;
}

/** @param {string} words @param {Record<string, unknown>} properties @param {string} [hint] */
function field(words, properties, hint) {
  const input = el("input", { required: true, ...properties });
  return { input, label: el("label", {}, words, input, hint && el("small", {}, hint)) };
}

/** @param {unknown} error */
export function reason(error) {
  return error instanceof Error ? error.message : String(error);
}
