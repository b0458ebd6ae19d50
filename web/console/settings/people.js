// The page of people: who is at the desk, as what, and a link for who is new or lost the password. The link is shown once.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";

/** @typedef {{ id: string, name: string, email: string, role: string, state: "active" | "invited" | "disabled" }} Person */

const ROLES = ["agent", "lead", "admin"];

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings } = frame.desk;
  /** @type {{ people: Person[] }} */
  const { people } = await ask("GET", "/v1/people");
  const roles = roleWords(strings);
  const link = (/** @type {string} */ name, /** @type {string} */ path, /** @type {object} */ body) => {
    /** @type {string | null} */
    let made = null;
    return frame.attempt(async () => { made = (await ask("POST", path, body)).link; }).then(() => made && frame.once(fill(strings.setLink, { name }), made));
  };
  const row = (/** @type {Person} */ { id, name, email, role, state }) => {
    const select = el("select", { "aria-label": fill(strings.setRoleOf, { name }) }, ...ROLES.map((each) => el("option", { value: each, selected: each === role }, roles[each])));
    select.addEventListener("change", () => void frame.attempt(() => ask("PUT", `/v1/people/${id}/role`, { role: select.value })).finally(() => (select.value = role)));
    const disabled = state === "disabled";
    return el("tr", {}, el("th", { scope: "row" }, name, el("small", {}, email)), el("td", {}, select),
      el("td", {}, { active: strings.setActive, invited: strings.setInvited, disabled: strings.setDisabled }[state]),
      el("td", {}, !disabled && el("button", { type: "button", onclick: () => void link(name, `/v1/people/${id}/link`, {}) }, strings.setNewLink),
        el("button", { type: "button", onclick: () => void frame.attempt(() => ask("POST", `/v1/people/${id}/${disabled ? "enable" : "disable"}`)) }, disabled ? strings.setEnable : strings.setDisable)));
  };
  const name = el("input", { required: true, maxlength: "100", autocomplete: "off" });
  const email = el("input", { type: "email", required: true, autocomplete: "off" });
  const role = el("select", {}, ...ROLES.map((each) => el("option", { value: each }, roles[each])));
  const form = el("form", { "aria-label": strings.setInvite }, el("label", {}, strings.setName, name), el("label", {}, strings.email, email), el("label", {}, strings.setRole, role), el("button", { class: "main" }, strings.setInvite));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void link(name.value, "/v1/people", { name: name.value, email: email.value, role: role.value });
  });
  return el("section", { "aria-label": strings.setPeople }, form, el("table", {}, el("tbody", {}, ...people.map(row))));
}

/** @param {import("../strings.js").Strings} strings @returns {Record<string, string>} */
function roleWords(strings) {
  return { agent: strings.setAgent, lead: strings.setLead, admin: strings.setAdmin };
}
