/** A refused request, with a sentence for people, and the field that is wrong if one is. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {string} [field]
   */
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/** What a refusal without a reason of its own means. */
const MEANINGS = {
  403: "This page is too old: load it again.",
  404: "The stream is not known any more.",
  413: "That is too long.",
  502: "The server can't be reached: try again soon.",
};

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
  if (!reply.ok) throw new Refused(sentence(reply, document), document.field);
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

/** The token of now: a login in another tab changes it. */
function token() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? cookie[1] : document.querySelector("[name=csrfmiddlewaretoken]").value;
}

function sentence(reply, { error, field }) {
  if (!error) return MEANINGS[reply.status] ?? `The server refused (${reply.status}).`;
  const after = reply.headers.get("Retry-After");
  const said = `${field ? `${field.replaceAll("_", " ")} ` : ""}${error}`;
  return `${said[0].toUpperCase()}${said.slice(1)}${after ? `: try again in ${after} seconds` : ""}.`;
}
