// Says that a change is stored, and then that the bot goes by it: that is asked for, not assumed.

import { el } from "../../shared/dom.js";

const EVERY = 400; // milliseconds
const TRIES = 25;

/** @param {import("./frame.js").Frame} frame @param {string} said @param {() => Promise<boolean>} known  whether the bot goes by it yet */
export async function effective(frame, said, known) {
  const { strings } = frame.desk;
  const line = el("p", {}, said, " ", strings.knSoon);
  frame.say(line);
  for (let tries = 0; tries < TRIES && line.isConnected; tries++) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (!(await known().catch(() => false))) continue;
    line.replaceChildren(said, " ", strings.knNow);
    return;
  }
}
