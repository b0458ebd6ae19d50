// Requests whose body takes its time: what the browser's fetch does, with a word on how much of it has gone.

const UNMOVED = 60_000; // milliseconds without a byte or an answer, after which it has failed

/** Stands in for `fetch`. @param {(share: number) => void} gone  told from 0 to 1 @returns {typeof fetch} */
export function telling(gone) {
  return (url, { body, headers, method = "GET", signal } = {}) => new Promise((done, fail) => {
    const sending = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let patience;
    const moved = () => (clearTimeout(patience), (patience = setTimeout(() => sending.abort(), UNMOVED)));
    sending.open(method, String(url));
    for (const [name, value] of new Headers(headers)) sending.setRequestHeader(name, value);
    sending.responseType = "blob";
    sending.upload.addEventListener("progress", ({ loaded, total }) => (moved(), gone(total && loaded / total)));
    sending.addEventListener("loadend", () => {
      clearTimeout(patience);
      const { response, status } = sending;
      if (!status) return fail(new TypeError("It did not arrive.")); // or was stopped
      done(new Response(response, { status, headers: { "Retry-After": sending.getResponseHeader("Retry-After") ?? "" } }));
    });
    signal?.addEventListener("abort", () => sending.abort());
    moved();
    sending.send(/** @type {XMLHttpRequestBodyInit} */ (body));
  });
}
