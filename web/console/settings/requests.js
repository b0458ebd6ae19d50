// What the settings ask the server. What is dangerous wants a password that was typed lately, or a passkey: where the server
// says so, it is asked for in a dialog, and the request is made again.

import { el } from "../../shared/dom.js";
import { ApiError } from "../../shared/http.js";
import { reason } from "../account.js";
import { otherWays } from "../other-ways.js";

/** @typedef {import("../types.js").Desk} Desk */
/** @typedef {(method: string, path: string, body?: object) => Promise<any>} Ask */

/** @param {Desk} desk @returns {Ask} */
export function asking(desk) {
  const { ask } = desk.api;
  return async (method, path, body) => {
    try {
      return await ask(method, path, body);
    } catch (error) {
      if (error instanceof ApiError && error.code === "unauthorised") desk.signedOut();
      if (!(error instanceof ApiError && error.code === "password_needed") || !(await proved(desk, ask))) throw error;
      return ask(method, path, body);
    }
  };
}

/** Asks for the password; whether it was right before the dialog went. @param {Desk} desk @param {Ask} ask @returns {Promise<boolean>} */
function proved({ strings }, ask) {
  return new Promise((resolve) => {
    let right = false;
    const password = el("input", { type: "password", autocomplete: "current-password", required: true });
    const trouble = el("p", { class: "trouble", role: "alert" });
    const went = () => ((right = true), dialog.close());
    const form = el("form", { class: "account" }, el("p", {}, strings.setProof), el("label", {}, strings.password, password), trouble,
      el("button", { class: "main" }, strings.setGoOn), otherWays({ ask, strings, again: true, done: went }, trouble), el("button", { type: "button", onclick: () => dialog.close() }, strings.setCancel));
    const dialog = el("dialog", { class: "again", "aria-label": strings.setProof, onclose: () => (dialog.remove(), resolve(right)) }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await ask("POST", "/v1/session/proof", { password: password.value });
        went();
      } catch (error) {
        trouble.textContent = reason(error);
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
