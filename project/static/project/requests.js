/** A refused request, with the message of the server. */
export class Refused extends Error {}

/**
 * POST to this site, with the CSRF token of the page.
 * @param {string} path
 * @param {object} [body]
 */
export async function post(path, body = {}) {
  const reply = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Refused("The server can't be reached.");
  });
  const document = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Refused(complaint(reply, document));
  return document;
}

/**
 * GET a JSON document; return null after any failure.
 * @param {string} path
 * @param {AbortSignal} signal
 */
export async function get(path, signal) {
  try {
    const reply = await fetch(path, { signal });
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]").value;
}

function complaint(reply, { error = reply.statusText, field }) {
  return `${field ? `${field} ` : ""}${error} (${reply.status})`;
}
