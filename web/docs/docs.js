// Shows /openapi.json as a page: routes, parameters, shapes, examples and a curl line each. Nothing is loaded from another
// server, so it works without a network.

import { el } from "../shared/dom.js";

/** @typedef {Record<string, any>} Json */

const METHODS = ["get", "post", "put", "patch", "delete"];

/** @param {Json} spec @param {Json | undefined} schema @returns {Json} */
function resolved(spec, schema) {
  const name = /** @type {string | undefined} */ (schema?.$ref)?.split("/").at(-1);
  return name ? (spec.components?.schemas?.[name] ?? {}) : (schema ?? {});
}

/** @param {Json} schema @returns {string} */
function typeName(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" | ");
  if (schema.enum) return schema.enum.map((/** @type {any} */ value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `${typeName(schema.items ?? {})}[]`;
  return schema.type ?? "any";
}

/** @param {Json} schema */
function bounds(schema) {
  const words = { minLength: "at least", maxLength: "at most", minimum: "from", maximum: "to", minItems: "at least", maxItems: "at most" };
  const found = Object.entries(words).filter(([key]) => schema[key] !== undefined);
  return found.map(([key, word]) => `${word} ${schema[key]}`).join(", ");
}

/** @param {string[]} heads @param {(Node | string)[][]} rows */
function table(heads, rows) {
  const body = rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))));
  return el("table", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head))), ...body);
}

/** @param {Json} spec @param {Json} schema */
function fields(spec, schema) {
  const shape = resolved(spec, schema);
  const rows = Object.entries(shape.properties ?? {}).map(([name, field]) => {
    const needed = (shape.required ?? []).includes(name) ? "required" : "";
    const about = [field.description, bounds(field), needed].filter(Boolean).join("; ");
    return [el("code", {}, name), el("code", {}, typeName(field)), about];
  });
  return rows.length ? [table(["Field", "Type", ""], rows)] : [];
}

/** @param {string} method @param {string} path @param {Json} operation @param {Json | undefined} example */
function curl(method, path, operation, example) {
  const parts = [`curl -X ${method.toUpperCase()} ${location.origin}${path}`];
  if (operation.security?.length) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (example) parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example).replaceAll("'", "'\\''")}'`);
  return parts.join(" \\\n  ");
}

/** @param {Json} spec @param {string} method @param {string} path @param {Json} operation */
function section(spec, method, path, operation) {
  const needs = (operation.security ?? []).flatMap((/** @type {Json} */ one) => Object.keys(one)).join(", ");
  const request = operation.requestBody?.content?.["application/json"]?.schema;
  const body = request?.anyOf ? request.anyOf.find((/** @type {Json} */ one) => one.$ref) : request;
  const example = resolved(spec, body).example;
  const made = el("section", { id: operation.operationId });
  made.append(el("h2", {}, el("span", { class: "method" }, method.toUpperCase()), ` ${path}`));
  made.append(el("p", {}, operation.description ?? operation.summary ?? ""));
  if (needs) made.append(el("p", { class: "needs" }, `Needs: ${needs}`));
  if (operation.parameters?.length) {
    const rows = operation.parameters.map((/** @type {Json} */ one) => [el("code", {}, one.name), one.in, one.description ?? ""]);
    made.append(el("h3", {}, "Parameters"), table(["Name", "In", ""], rows));
  }
  const shape = fields(spec, body ?? {});
  if (shape.length) made.append(el("h3", {}, "Body"), ...shape);
  made.append(el("h3", {}, "Try it"), el("pre", {}, curl(method, path, operation, body ? example : undefined)));
  made.append(el("h3", {}, "Answers"));
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const kinds = Object.entries(answer.content ?? {}).map(([type, content]) => `${type} ${content.schema ? typeName(content.schema) : ""}`);
    return [el("code", {}, status), answer.description ?? "", el("code", {}, kinds.join(", "))];
  });
  made.append(table(["Status", "", "Content"], answers));
  const success = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"))?.[1];
  const shown = resolved(spec, success?.content?.["application/json"]?.schema).example;
  if (shown) made.append(el("h3", {}, "Example"), el("pre", {}, JSON.stringify(shown, null, 2)));
  return made;
}

/** @param {Json} spec */
function show(spec) {
  const contents = /** @type {HTMLElement} */ (document.getElementById("contents"));
  const routes = /** @type {HTMLElement} */ (document.getElementById("routes"));
  const about = /** @type {HTMLElement} */ (document.getElementById("about"));
  about.prepend(`${spec.info?.description?.trim().replaceAll("`", "") ?? ""} `);
  routes.replaceChildren();
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  for (const [path, item] of Object.entries(spec.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const group = operation.tags?.[0] ?? "other";
      if (!groups.has(group)) groups.set(group, el("ul"));
      const link = el("a", { href: `#${operation.operationId}` }, `${method.toUpperCase()} ${path.replace("conversation_id", "id")}`);
      groups.get(group)?.append(el("li", {}, link));
      routes.append(section(spec, method, path, operation));
    }
  }
  for (const [group, list] of groups) contents.append(el("h2", {}, group), list);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

async function start() {
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    show(await response.json());
  } catch (error) {
    const sorry = el("p", {}, `The description could not be loaded (${error}). Reload the page.`);
    document.getElementById("routes")?.replaceChildren(sorry);
  }
}

void start();
