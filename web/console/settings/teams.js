// The page of teams: which there are, who is in each; make one, rename it, change its members, delete it.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { formPlace } from "./form-place.js";
import { sureButton } from "./sure.js";

/** @typedef {{ id: string, name: string, members: string[] }} Team */

/** @param {import("./frame.js").Frame} frame */
export async function draw(frame) {
  const { ask } = frame;
  const { strings } = frame.desk;
  /** @type {{ teams: Team[], people: string[] }} */
  const { people, teams } = await ask("GET", "/v1/worklist/known");

  /** @param {Team | null} team  null for a new one @param {() => void} leave */
  const form = (team, leave) => {
    const name = el("input", { required: true, maxlength: "60", autocomplete: "off", value: team?.name });
    const all = [...new Set([...people, ...(team?.members ?? [])])];
    const boxes = all.map((each) => el("input", { type: "checkbox", value: each, checked: team?.members.includes(each) }));
    const title = team ? fill(strings.teamChangeOf, { name: team.name }) : strings.teamMake;
    return el("form", { "aria-label": title, onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const members = boxes.filter(({ checked }) => checked).map(({ value }) => value);
      void frame.attempt(() => ask(team ? "PUT" : "POST", team ? `/v1/teams/${team.id}` : "/v1/teams", { name: name.value, members }));
    } }, el("label", {}, strings.setName, name),
    el("fieldset", {}, el("legend", {}, strings.teamMembers), ...boxes.map((box) => el("label", {}, box, el("span", { dir: "auto" }, box.value)))),
    el("button", { class: "main" }, team ? strings.setSave : strings.teamMake), team && el("button", { type: "button", onclick: leave }, strings.setCancel));
  };

  const { place, edit } = formPlace(form);
  const row = (/** @type {Team} */ team) => el("tr", {}, el("th", { scope: "row" }, el("span", { dir: "auto" }, team.name), el("small", {}, team.members.join(", ") || strings.teamNobody)),
    el("td", {}, el("button", { type: "button", "aria-label": fill(strings.teamChangeOf, { name: team.name }), onclick: () => edit(team) }, strings.setChange),
      sureButton(strings, { title: fill(strings.setDeleteOf, { name: team.name }), words: strings.setDeleteHappens, yes: strings.setDelete }, () => frame.attempt(() => ask("DELETE", `/v1/teams/${team.id}`)))));
  return el("section", { "aria-label": strings.setTeams }, el("p", {}, strings.teamWhat), place, el("table", {}, el("tbody", {}, ...teams.map(row))));
}
