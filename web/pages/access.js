// Who this page may read as: a token from its address, kept for this tab alone.

const KEY = "coach.access_token";

/** The token, or "". It is taken out of the address bar, where others could read it. */
export function takeToken() {
  const url = new URL(location.href);
  const hash = new URLSearchParams(url.hash.slice(1));
  const token = url.searchParams.get("access_token") ?? hash.get("access_token");
  if (token === null) return sessionStorage.getItem(KEY) ?? "";
  sessionStorage.setItem(KEY, token);
  url.searchParams.delete("access_token");
  hash.delete("access_token");
  url.hash = hash.toString();
  history.replaceState(null, "", url);
  return token;
}

export function developmentMode() {
  return document.querySelector('meta[name="coach-mode"]')?.content === "development";
}

/** JSON of this server. Throws an Error whose message says what is wrong. */
export async function fetchJson(path, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(path, { headers });
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  const error = new Error(problem.detail ?? problem.title ?? `The server said ${response.status}.`);
  error.status = response.status;
  throw error;
}
