// The widget's reducer for a test in another language: a line {before, events} in, a line with the state after them out.
// The module that holds it is the first argument.

import { createInterface } from "node:readline";

const { EMPTY, reduce } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin })) {
  const { before, events } = JSON.parse(line);
  let state = reduce(EMPTY, { type: "snapshot", snapshot: before });
  for (const event of events) state = reduce(state, { type: "event", event });
  const { seq, status, messages, handover, rating, agent, contact } = state;
  process.stdout.write(`${JSON.stringify({ seq, status, messages, handover, rating, agent, contact })}\n`);
}
