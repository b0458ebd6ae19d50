// What a list of versions has at the end of each line: that it serves, or a button that lets it serve.

import { el } from "../../shared/dom.js";
import { fill } from "../../shared/language.js";
import { sure } from "./sure.js";

/**
 * @param {import("./frame.js").Frame} frame
 * @param {{ what: "model" | "contract", name: string, serves: string | null, previous: string | null, may: boolean, happens: string }} version
 */
export function mark(frame, { what, name, serves, previous, may, happens }) {
  const { desk } = frame;
  const { strings } = desk;
  if (name === serves) return el("strong", { class: "serves" }, strings.setServes);
  if (!may) return "";
  const back = name === previous;
  const press = async () => {
    const ok = await sure(desk.strings, { title: fill(back ? strings.setBackTo : strings.setServeTitle, { name }), words: [happens, strings.setServeBack], yes: back ? strings.setBack : strings.setServe });
    if (ok !== null) await frame.attempt(() => frame.ask("PUT", `/v1/desk/versions/${what}`, { version: name, over: serves }));
  };
  return el("button", { type: "button", "aria-label": fill(back ? strings.setBackTo : strings.setServeTitle, { name }), onclick: () => void press() }, back ? strings.setBack : strings.setServe);
}
