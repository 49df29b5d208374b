/** Where the server is and who a page may read as: its token is kept for this tab alone. */

const KEY = "coach.access_token";

/** The token of the page's address, or "". It is taken out of the bar, where others could read it. */
export function takeToken(): string {
  const url = new URL(location.href);
  const hash = new URLSearchParams(url.hash.slice(1));
  const token = url.searchParams.get("access_token") ?? hash.get("access_token");
  if (token === null) return kept();
  keep(token);
  url.searchParams.delete("access_token");
  hash.delete("access_token");
  url.hash = hash.toString();
  history.replaceState(null, "", url);
  return token;
}

function kept(): string {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch { // a page that may not store anything
    return "";
  }
}

function keep(token: string): void {
  try {
    sessionStorage.setItem(KEY, token);
  } catch {
    // It goes with this page then.
  }
}

export function developmentMode(): boolean {
  return document.querySelector<HTMLMetaElement>('meta[name="coach-mode"]')?.content === "development";
}

/** A websocket address on the server at `base`; "": the page's own. */
export function socketUrl(path: string, base = ""): string {
  const url = new URL(path, base ? new URL(base, location.href) : location.origin);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

export function pageUrl(path: string, base = ""): string {
  return base ? new URL(path, new URL(base, location.href)).href : path;
}

/** What the server said instead of an answer. */
export class Refused extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** JSON of the server. Raises Refused, whose message says what is wrong. */
export async function fetchJson<T>(path: string, token: string, base = ""): Promise<T> {
  const response = await fetch(pageUrl(path, base), { headers: bearer(token) });
  if (response.ok) return await response.json() as T;
  throw await refused(response);
}

export function bearer(token: string): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

/** What the server said is wrong (RFC 9457). */
export async function refused(response: Response): Promise<Refused> {
  const problem = await response.json().catch(() => ({})) as { detail?: string; title?: string };
  const words = problem.detail ?? problem.title ?? `The server said ${response.status}.`;
  return new Refused(words, response.status);
}
