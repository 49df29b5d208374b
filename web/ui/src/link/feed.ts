/**
 * Events of the server over a websocket that comes back by itself.
 *
 * The link is "connecting" until it first opens, then "open"; "offline" from the moment it is
 * lost, at most 3 s after the last sign of life; "refused" where the server said no, which
 * trying again will not change; "closed" after the owner or, once the call is over, the server
 * ended it. Commands are kept until the server has acknowledged them, and sent again after a
 * reconnect: a flag that a person raised is never lost, at worst it arrives twice.
 */

import type { Link } from "../model/call";
import type { CallEvent, Command } from "../model/wire";

/** No sign of life for this long: ask for one. */
const QUIET_MS = 1_200;
/** No answer for this long: the link is lost, whatever the browser believes. */
const ANSWER_MS = 1_500;
/** Both together, each found out this much later at worst, stay within 3 s. */
const WATCH_MS = 100;
const BACKOFF_MS = 250;
const BACKOFF_CAP_MS = 3_000;
/** Commands not yet acknowledged; beyond this a person is pressing keys into nothing. */
const PENDING_LIMIT = 32;
/** Close codes that mean no: unauthorised, not allowed. */
const REFUSALS: ReadonlySet<number> = new Set([1008, 4004]);
/** Close codes that end a finished call's socket: normal, going away, call ended. */
const ENDINGS: ReadonlySet<number> = new Set([1000, 1001, 4001]);
const BAD_REQUEST = 1007;
const PING = "ping";

export interface Answer {
  ok: boolean;
  message: string;
}

export interface FeedOptions {
  /** The address for each attempt, so that it can carry the last number seen. */
  url: () => string;
  token: string;
  onEvent: (event: CallEvent) => void;
  onLink: (link: Link) => void;
  /** True: a close by the server is the end and no loss. */
  finished?: () => boolean;
}

interface Fault {
  type: string;
  ref?: string | null;
  message?: string;
}

export class Feed {
  link: Link = "connecting";
  refusal = "";
  /** How many times the link was open. */
  opened = 0;
  private readonly pending = new Map<string, { text: string; resolve: (answer: Answer) => void }>();
  private readonly watch: number;
  private ws: WebSocket | null = null;
  private attempts = 0;
  private pings = true;
  private retry = 0;
  private lastSign = 0;
  private asked: number | null = null;

  constructor(private readonly options: FeedOptions) {
    addEventListener("online", this.onOnline);
    addEventListener("offline", this.onOffline);
    this.connect();
    this.watch = window.setInterval(() => this.look(), WATCH_MS);
  }

  /** Send a command; resolves once the server has answered it. */
  send(command: Command): Promise<Answer> {
    const ref = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    if (this.pending.size >= PENDING_LIMIT) {
      return Promise.resolve({ ok: false, message: "Too much is waiting to be sent." });
    }
    return new Promise((resolve) => {
      const text = JSON.stringify({ ...command, ref });
      this.pending.set(ref, { text, resolve });
      if (this.link === "open") this.ws?.send(text);
      else if (this.link === "closed") this.connect();
    });
  }

  close(): void {
    removeEventListener("online", this.onOnline);
    removeEventListener("offline", this.onOffline);
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.drop();
    this.set("closed");
  }

  private readonly onOnline = (): void => {
    if (this.link === "offline") this.connect();
  };

  private readonly onOffline = (): void => this.lost();

  private connect(): void {
    clearTimeout(this.retry);
    this.drop();
    const { token, url } = this.options;
    const ws = new WebSocket(url(), token ? [`bearer.${token}`] : []);
    this.ws = ws;
    this.sign();
    ws.onopen = () => {
      this.attempts = 0;
      this.opened += 1;
      this.sign();
      this.set("open");
      for (const { text } of this.pending.values()) ws.send(text);
    };
    ws.onmessage = ({ data }) => this.take(String(data));
    ws.onclose = ({ code, reason }) => this.closed(code, reason);
  }

  private sign(): void {
    this.lastSign = performance.now();
    this.asked = null;
  }

  private take(text: string): void {
    this.sign();
    const message = JSON.parse(text) as CallEvent & Fault;
    if (message.type === "ack") this.answer(message.ref ?? "", { ok: true, message: "" });
    else if (message.type === "error") this.fault(message);
    else this.options.onEvent(message);
  }

  private fault({ ref, message = "" }: Fault): void {
    if (ref === PING) return;
    if (ref) this.answer(ref, { ok: false, message });
    else this.refusal = message;
  }

  private answer(ref: string, result: Answer): void {
    this.pending.get(ref)?.resolve(result);
    this.pending.delete(ref);
  }

  private closed(code: number, reason: string): void {
    // A server that takes a ping for a fault is left in peace by the next socket.
    if (code === BAD_REQUEST) this.pings = false;
    this.drop();
    if (REFUSALS.has(code)) {
      this.refusal ||= reason;
      this.set("refused");
    } else if (this.options.finished?.() && ENDINGS.has(code)) {
      this.set("closed");
    } else {
      this.lost();
    }
  }

  private lost(): void {
    if (this.link === "refused" || this.link === "closed") return;
    this.drop();
    this.set("offline");
    clearTimeout(this.retry);
    const wait = Math.min(BACKOFF_CAP_MS, BACKOFF_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Spread out, so that forty pages do not come back in the same instant.
    this.retry = window.setTimeout(() => this.connect(), wait * (0.7 + 0.3 * Math.random()));
  }

  private look(): void {
    if (!this.ws || (this.link === "open" && !this.pings)) return;
    const now = performance.now();
    if (this.link !== "open") {
      if (now - this.lastSign >= QUIET_MS + ANSWER_MS) this.lost();
    } else if (this.asked === null) {
      if (now - this.lastSign >= QUIET_MS) this.ask(now);
    } else if (now - this.asked >= ANSWER_MS) {
      this.lost();
    }
  }

  /** Any answer will do. A hidden page's timers sleep, so silence alone proves nothing. */
  private ask(now: number): void {
    this.asked = now;
    this.ws?.send(JSON.stringify({ type: PING, ref: PING }));
  }

  private drop(): void {
    if (!this.ws) return;
    this.ws.onopen = null;
    this.ws.onmessage = null;
    this.ws.onclose = null;
    this.ws.close();
    this.ws = null;
  }

  private set(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.options.onLink(link);
  }
}
