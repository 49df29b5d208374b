// Events of the server over a websocket that comes back by itself.
//
// The link is "connecting" until it first opens, then "open"; "offline" from the moment it is
// lost, at most SILENCE_MS after the last sign of life; "refused" where the server said no, which
// trying again will not change; "closed" after the owner or, once the call is over, the server
// ended it. Commands are kept until the server has acknowledged them, and sent again after a
// reconnect: a flag that a person raised is never lost, at worst it arrives twice.

/** No sign of life for this long: ask for one. */
const QUIET_MS = 1_500;
/** None for this long: the link is lost, whatever the browser believes. */
const SILENCE_MS = 3_000;
const BACKOFF_MS = 250;
const BACKOFF_CAP_MS = 3_000;
/** Commands not yet acknowledged; beyond this a person is pressing keys into nothing. */
const PENDING_LIMIT = 32;
/** Close codes that mean no: unauthorised, not allowed, and a request we will not change. */
const REFUSALS = new Set([1008, 4004]);
const PING = "ping";

export class Feed {
  /**
   * `url()` gives the address for each attempt, so that it can carry the last number seen.
   * `finished()` true: a close by the server is the end and no loss.
   */
  constructor({ url, token, onEvent, onLink, finished = () => false, socket = WebSocket }) {
    Object.assign(this, { url, token, onEvent, onLink, finished });
    this.Socket = socket;
    this.link = "connecting";
    this.refusal = "";
    this.pending = new Map();
    this.attempts = 0;
    this.opened = 0;
    this.pings = true;
    this.ws = null;
    this.onOnline = () => this.#retryNow();
    this.onOffline = () => this.#lost();
    addEventListener("online", this.onOnline);
    addEventListener("offline", this.onOffline);
    this.#connect();
    this.watch = setInterval(() => this.#watch(), 250);
  }

  /** Send a command; resolves to {ok, message} once the server has answered it. */
  send(command) {
    const ref = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    if (this.pending.size >= PENDING_LIMIT) {
      return Promise.resolve({ ok: false, message: "Too much is waiting to be sent." });
    }
    return new Promise((resolve) => {
      const text = JSON.stringify({ ...command, ref });
      this.pending.set(ref, { text, resolve });
      if (this.link === "open") this.ws.send(text);
      else if (this.link === "closed") this.#connect();
    });
  }

  close() {
    removeEventListener("online", this.onOnline);
    removeEventListener("offline", this.onOffline);
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.#drop();
    this.#set("closed");
  }

  #connect() {
    clearTimeout(this.retry);
    const ws = new this.Socket(this.url(), this.token ? [`bearer.${this.token}`] : []);
    this.ws = ws;
    this.#sign();
    ws.onopen = () => {
      this.attempts = 0;
      this.opened += 1;
      this.#sign();
      this.#set("open");
      for (const { text } of this.pending.values()) ws.send(text);
    };
    ws.onmessage = ({ data }) => this.#take(data);
    ws.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  #sign() {
    this.lastSign = performance.now();
    this.asked = null;
  }

  #take(text) {
    this.#sign();
    const message = JSON.parse(text);
    if (message.type === "ack") this.#answer(message.ref, { ok: true, message: "" });
    else if (message.type === "error") this.#fault(message);
    else this.onEvent(message);
  }

  #fault({ ref, message }) {
    if (ref === PING) return;
    if (ref === undefined || ref === null) this.refusal = message ?? "";
    else this.#answer(ref, { ok: false, message });
  }

  #answer(ref, result) {
    this.pending.get(ref)?.resolve(result);
    this.pending.delete(ref);
  }

  #closed(code, reason) {
    // A server that takes a ping for a fault is left in peace by the next socket.
    if (code === 1007) this.pings = false;
    this.#drop();
    if (REFUSALS.has(code)) {
      this.refusal = this.refusal || reason;
      this.#set("refused");
    } else if (this.finished() && (code === 1000 || code === 1001 || code === 4001)) {
      this.#set("closed");
    } else {
      this.#lost();
    }
  }

  #lost() {
    if (this.link === "refused" || this.link === "closed") return;
    this.#drop();
    this.#set("offline");
    clearTimeout(this.retry);
    const wait = Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Spread out, so that forty pages do not come back in the same instant.
    this.retry = setTimeout(() => this.#connect(), wait * (0.7 + 0.3 * Math.random()));
  }

  #retryNow() {
    if (this.link === "offline") this.#connect();
  }

  #watch() {
    if (!this.ws || (this.link === "open" && !this.pings)) return;
    const now = performance.now();
    if (this.link !== "open") {
      if (now - this.lastSign >= SILENCE_MS) this.#lost();
    } else if (this.asked === null) {
      if (now - this.lastSign >= QUIET_MS) this.#ask(now);
    } else if (now - this.asked >= SILENCE_MS - QUIET_MS) {
      this.#lost();
    }
  }

  /** Any answer will do. A hidden page's timers sleep, so silence alone proves nothing. */
  #ask(now) {
    this.asked = now;
    this.ws.send(JSON.stringify({ type: PING, ref: PING }));
  }

  #drop() {
    if (!this.ws) return;
    this.ws.onopen = null;
    this.ws.onmessage = null;
    this.ws.onclose = null;
    this.ws.close();
    this.ws = null;
  }

  #set(link) {
    if (this.link === link) return;
    this.link = link;
    this.onLink(link);
  }
}

/** A websocket address on this page's own server. */
export function socketUrl(path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
}
