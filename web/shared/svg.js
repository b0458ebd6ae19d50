// Draws an icon from one SVG path.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** A decorative drawing on a 24 by 24 grid; style sheets address it as `.icon`. @param {string} path @returns {SVGSVGElement} */
export function svg(path) {
  const drawing = document.createElementNS(NAMESPACE, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(NAMESPACE, "path");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
}
