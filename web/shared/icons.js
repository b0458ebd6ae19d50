// The icons by name, on a 24 by 24 grid, with strokes of the text's colour.

import { svg } from "./svg.js";

const ICONS = {
  down: "M6 9.5l6 6 6-6",
  send: "M12 19V5.5 M6 11l6-6 6 6",
  person: "M12 12a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2z M5 19.5c.6-3.3 3.4-5 7-5s6.4 1.7 7 5",
  page: "M7 4h6.5L18 8.5V20H7z M13 4v5h5 M10 13h5 M10 16h3.5",
  star: "M12 4.2l2.4 4.9 5.4.8-3.9 3.8.9 5.4-4.8-2.6-4.8 2.6.9-5.4-3.9-3.8 5.4-.8z",
  cloud: "M7.5 18.5a4 4 0 0 1-.4-8 5.5 5.5 0 0 1 10.4 1.2 3.5 3.5 0 0 1-.4 6.8z",
  thumb: "M7.5 10.5v9H5a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z M7.5 11l3.6-6.6c1.5 0 2.4 1 2.2 2.4L12.8 10h5.4a1.8 1.8 0 0 1 1.8 2.2l-1.4 5.8a2 2 0 0 1-2 1.5H7.5",
  stop: "M8.5 8.5h7v7h-7z",
  mail: "M4 6.5h16v11H4z M4.5 7.5l7.5 6 7.5-6",
  clock: "M12 20.2a8.2 8.2 0 1 0 0-16.4 8.2 8.2 0 0 0 0 16.4z M12 7.6v4.8l3.2 2",
  arrow: "M5.5 12h13 M13 6.5l5.5 5.5-5.5 5.5",
  clip: "M18.5 11.5l-6.4 6.4a4 4 0 0 1-5.7-5.7l7-7a2.7 2.7 0 0 1 3.8 3.8l-6.9 6.9a1.3 1.3 0 0 1-1.9-1.9l6.2-6.2",
  tick: "M5.5 12.5l4.2 4.2 8.8-9.2",
};

/** The icon of that name. @param {keyof typeof ICONS} name */
export function icon(name) {
  return svg(ICONS[name]);
}
