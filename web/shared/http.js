// Requests to the server's HTTP API. One call is one attempt: when to try again is the caller's business. Every failure
// is an ApiError with a kind that the caller can act on.

/** @typedef {"network" | "gone" | "expired" | "ahead" | "full" | "unverified" | "closed" | "rate_limited" | "not_ready" | "server" | "refused"} ErrorKind */

/** Why a request was not carried out. */
export class ApiError extends Error {
  /**
   * @param {ErrorKind} kind
   * @param {string} message          a sentence for people where the server sent one
   * @param {number | null} [seconds] from Retry-After
   * @param {string | null} [code]    the server's own word for it
   */
  constructor(kind, message, seconds = null, code = null) {
    super(message);
    this.kind = kind;
    this.seconds = seconds;
    this.code = code;
  }
}

/**
 * Sends a request, without cookies unless told to.
 * @param {typeof fetch} fetching
 * @param {URL} url
 * @param {object} options
 * @param {string} options.method
 * @param {AbortSignal} options.signal
 * @param {string | undefined} [options.token]  sent as a bearer token
 * @param {object | undefined} [options.body]   sent as JSON; a file as it is
 * @param {Record<string, string>} [options.headers]
 * @param {RequestCredentials} [options.credentials]
 * @returns {Promise<Response>}  with a status of 2xx
 */
export async function request(fetching, url, { method, signal, token, body, headers, credentials = "omit" }) {
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json", ...headers };
  if (token) sent.Authorization = `Bearer ${token}`;
  const raw = body instanceof Blob;
  if (body && !raw) sent["Content-Type"] = "application/json";
  /** @type {RequestInit} */
  const init = { method, headers: sent, signal, cache: "no-store", credentials };
  if (body) init.body = raw ? body : JSON.stringify(body);
  const response = await fetching(url, init).catch(networkError);
  if (!response.ok) throw await problem(response);
  return response;
}

/** The JSON of a response; a body that was cut off is a network error. @param {Response} response @returns {Promise<any>} */
export function json(response) {
  return response.json().catch(networkError);
}

/** @param {unknown} cause @returns {never} */
function networkError(cause) {
  throw new ApiError("network", String(cause));
}

/** The error of a response with a status of 4xx or 5xx. @param {Response} response @returns {Promise<ApiError>} */
async function problem(response) {
  /** @type {{ code?: string, detail?: string, title?: string }} */
  const told = await response.json().catch(() => ({}));
  const seconds = parseFloat(response.headers.get("Retry-After") ?? "");
  const sentence = typeof told.detail === "string" ? told.detail : (told.title ?? `HTTP ${response.status}`);
  return new ApiError(kindOf(response.status, told.code), sentence, seconds >= 0 ? seconds : null, told.code ?? null);
}

/** @param {number} status @param {string | undefined} code @returns {ErrorKind} */
function kindOf(status, code) {
  if (code === "conversation_closed") return "closed";
  if (code === "conversation_full") return "full";
  if (code === "ahead_of_log") return "ahead";
  if (code === "token_expired") return "expired";
  if (code === "verification_required") return "unverified";
  if (code === "origin_not_allowed") return "refused";
  if ([401, 403, 404, 410].includes(status)) return "gone";
  if (status === 429) return "rate_limited";
  if (status === 503) return "not_ready";
  return status >= 500 ? "server" : "refused";
}
