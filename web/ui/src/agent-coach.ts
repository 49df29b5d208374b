/** `<agent-coach call="…">`: the agent's column. One call, one thing at a time. */

import { LitElement, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { developmentMode, pageUrl, takeToken } from "./link/access";
import { Session } from "./link/session";
import { time } from "./model/names";
import type { Command } from "./model/wire";
import { agentStyle } from "./style/agent";
import { base } from "./style/base";
import { columnStyle } from "./style/column";
import { tokens } from "./style/tokens";
import { transcriptStyle } from "./style/transcript";
import { announce, prepareToAnnounce } from "./view/announcer";
import { fit } from "./view/fit";
import { framed, keyIsFree, releaseClick } from "./view/frames";
import { head, heldBack, paceSection } from "./view/head";
import { Now } from "./view/now";
import "./view/parts";
import { afterwards, checklist, message, remember, safety } from "./view/sides";
import { TranscriptView } from "./view/transcript";

const TICK_MS = 100;
/** "Noted" stays on the button this long. */
const NOTED_MS = 4_000;
const FLAG = "I heard an adverse event";

export class AgentCoach extends LitElement {
  static override properties = {
    call: { type: String }, base: { type: String }, token: { type: String },
    readonly: { type: Boolean, reflect: true }, page: { type: Boolean, reflect: true },
    session: { attribute: false },
  };

  static override styles = [tokens, base, transcriptStyle, columnStyle, agentStyle];

  /** The call's id. */
  declare call: string;
  /** The server's address; "": the page's own. */
  declare base: string;
  /** An access token; "": the one in the page's address, or kept from it. */
  declare token: string;
  /** A supervisor looks on. */
  declare readonly: boolean;
  /** This element is the whole page: its call stands in the address, its state in the title. */
  declare page: boolean;
  /** A session that somebody else opened, and closes. */
  declare session: Session | null;

  private own: Session | null = null;
  private unfollow: (() => void) | null = null;
  private timer = 0;
  private folded = true;
  private table = false;
  private flagWords = "";
  private trouble = "";
  private said = "";
  private readonly draw = framed(() => this.requestUpdate());
  private readonly transcript = new TranscriptView(this, { self: true });
  private readonly now = new Now({
    readonly: () => this.readonly,
    onState: (item, state) => {
      void this.tell({ type: "nudge.update", id: item.id, state });
      this.requestUpdate();
    },
  });

  constructor() {
    super();
    Object.assign(this, { call: "", base: "", token: "", readonly: false, page: false, session: null });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.page && !this.call) this.call = new URLSearchParams(location.search).get("call") ?? "";
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
    if (!this.readonly) prepareToAnnounce();
    addEventListener("keydown", this.onKey);
    document.addEventListener("visibilitychange", this.draw);
    this.requestUpdate("call");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    removeEventListener("keydown", this.onKey);
    document.removeEventListener("visibilitychange", this.draw);
    this.leave();
  }

  private get live(): Session | null {
    return this.session ?? this.own;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const names = ["call", "base", "token", "session"] as const;
    if (names.some((name) => changed.has(name))) this.join();
    const live = this.live;
    if (live) this.now.choose(live.call, performance.now());
  }

  private join(): void {
    this.leave();
    if (!this.session && this.call) {
      this.own = new Session(this.call, this.token || takeToken(), this.base);
    }
    this.unfollow = this.live?.follow(this.draw) ?? null;
  }

  private leave(): void {
    this.unfollow?.();
    this.own?.close();
    this.unfollow = this.own = null;
  }

  override updated(): void {
    this.now.drawn();
    this.shorten();
    fit(this.renderRoot.querySelector<HTMLElement>(".sides"));
    if (this.page) document.title = this.pageTitle();
    this.announceMessage();
  }

  private pageTitle(): string {
    const live = this.live;
    const { item } = this.now;
    if (item?.severity === "urgent") return `! ${item.title}`;
    return `${live?.call.heard ? live.call.customer : "Your call"} · Coach`;
  }

  private announceMessage(): void {
    const call = this.live?.call;
    const newest = call?.desk.unread(call.clock()).at(-1);
    const words = newest ? `Message from the supervisor: ${newest.text}` : "";
    if (words === this.said || this.readonly) return;
    this.said = words;
    if (words) announce(words, "polite");
  }

  private tick(): void {
    const live = this.live;
    if (!live) return;
    const clock = this.renderRoot.querySelector("#clock")?.textContent ?? "";
    const changed = this.now.choose(live.call, performance.now());
    if (changed || (live.call.heard && time(live.call.clock()) !== clock)) this.draw();
    this.shorten();
  }

  private shorten(): void {
    const bar = this.renderRoot.querySelector<HTMLElement>(".bar");
    if (this.live) this.now.shorten(bar, this.live.call.clock());
  }

  private async tell(command: Command): Promise<boolean> {
    if (!this.live) return false;
    const answer = await this.live.send(command);
    this.trouble = answer.ok ? "" : `Not noted: ${answer.message}`;
    this.requestUpdate();
    return answer.ok;
  }

  private async flag(): Promise<void> {
    const live = this.live;
    if (!live?.call.heard || this.readonly) return;
    const at = Math.round(live.call.clock() * 10) / 10;
    this.flagWords = live.link === "open" ? "Noting it…" : "Will be noted once reconnected";
    this.requestUpdate();
    const ok = await this.tell({ type: "flag", kind: "adverse_event", at });
    this.flagWords = ok ? `Noted at ${time(at)}. Thank you.` : "";
    announce(this.flagWords, "polite");
    this.requestUpdate();
    setTimeout(() => {
      this.flagWords = "";
      this.requestUpdate();
    }, NOTED_MS);
  }

  private readonly toggle = (): void => {
    this.folded = !this.folded;
    if (this.folded) this.transcript.search("");
    this.requestUpdate();
    void this.updateComplete.then(() => this.transcript.toEnd());
  };

  private readonly reveal = (at: number): void => {
    this.folded = false;
    if (this.live) this.transcript.reveal(this.live.call, at);
  };

  private async startSearch(): Promise<void> {
    this.folded = false;
    this.requestUpdate();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>("#search")?.focus();
  }

  /** Keys work unless somebody is typing, or has walked to a button with the keyboard. */
  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.readonly || !this.live || !keyIsFree(event)) return;
    if (this.now.key(event.key, performance.now())) this.requestUpdate();
    else if (event.key.toLowerCase() === "t") this.toggle();
    else if (event.key.toLowerCase() === "f") void this.flag();
    else if (event.key === "/" && this.live.call.heard) void this.startSearch();
    else return;
    event.preventDefault();
  };

  override render(): TemplateResult {
    const call = this.live?.call;
    const clock = call?.clock() ?? 0;
    const heard = call?.heard ?? false;
    const urgent = call ? this.now.render(call, "urgent") : nothing;
    return html`
      <div class="column ${this.folded ? "folded" : "unfolded"}" @click=${releaseClick}>
        <section id="urgent" aria-label="Urgent" ?hidden=${urgent === nothing}>${urgent}</section>
        ${head(this.live)}
        ${call ? paceSection(call, this.table, this.toggleTable) : nothing}
        ${call ? heldBack(call) : nothing}
        <section id="now" aria-label="Now">${call ? this.now.render(call, "now") : nothing}</section>
        ${call ? message(call.desk.unread(clock), this.readonly, (id) => this.putAway(id)) : nothing}
        ${call ? afterwards(call, pageUrl(`/calls/${encodeURIComponent(call.id)}`, this.base)) : nothing}
        ${heard ? nothing : html`<p id="waiting" class="waiting-line">${this.waiting()}</p>`}
        <div id="rest" class="rest ${heard ? "" : "unheard"}">
          ${call ? html`<div class="sides">${safety(call, this.reveal)}${checklist(call, clock)}${
            remember(call, clock, this.reveal)}</div>` : nothing}
          ${this.words()}
        </div>
        ${this.foot(heard)}
      </div>`;
  }

  private putAway(id: string): void {
    this.live?.call.desk.putAway(id);
    this.requestUpdate();
  }

  private readonly toggleTable = (): void => {
    this.table = !this.table;
    this.requestUpdate();
  };

  private waiting(): string {
    const live = this.live;
    if (!live) {
      return this.page ? "No call named. Open this page as /agent?call= and the call’s id."
        : "No call named: set the attribute call.";
    }
    return live.link === "refused" ? `This page may not show the call. ${live.refusal}`
      : "Waiting for the call. It will appear here by itself.";
  }

  private words(): TemplateResult {
    const call = this.live?.call;
    return html`<section id="transcript" class="transcript ${this.folded ? "" : "open"}" aria-label="Transcript">
      <button id="fold" type="button" class="fold" aria-expanded=${!this.folded} title="Open or fold (T)"
        @click=${this.toggle}>Transcript<kbd aria-hidden="true">T</kbd></button>
      ${this.folded ? nothing : html`<div class="search"><input id="search" type="search"
        placeholder="Search (/)" aria-label="Search the transcript" .value=${this.transcript.query}
        @input=${this.onSearch} @keydown=${this.onSearchKey}></div>`}
      ${call ? this.transcript.lines(call, { messages: !this.folded }) : nothing}
    </section>`;
  }

  private readonly onSearch = (event: Event): void => {
    this.transcript.search((event.target as HTMLInputElement).value);
  };

  private readonly onSearchKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    this.transcript.search("");
    (event.target as HTMLInputElement).blur();
  };

  private foot(heard: boolean): TemplateResult {
    return html`<footer>
      <button id="flag" type="button" class="flag" ?disabled=${!heard || this.readonly}
        title="I heard an adverse event (F)" @click=${() => this.flag()}>
        <span id="flag-words">${this.flagWords || FLAG}</span><kbd aria-hidden="true">F</kbd></button>
      <p id="trouble" class="trouble" role="status">${this.trouble}</p>
      ${developmentMode() && !this.readonly
        ? html`<p id="mode" class="mode">Development mode: no access control</p>` : nothing}
    </footer>`;
  }
}
