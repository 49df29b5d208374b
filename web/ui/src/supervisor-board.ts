/** `<supervisor-board>`: every live call, those that need somebody first. */

import { LitElement, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { developmentMode, pageUrl, socketUrl, takeToken } from "./link/access";
import { Feed } from "./link/feed";
import { Board, RETELL_MS, ofTeam } from "./model/board";
import type { Call, Link } from "./model/call";
import { agentName, time } from "./model/names";
import { URGENT, need } from "./model/need";
import { base } from "./style/base";
import { boardStyle } from "./style/board";
import { tokens } from "./style/tokens";
import { announce, prepareToAnnounce } from "./view/announcer";
import { card, tableRow } from "./view/cards";
import { framed, releaseClick } from "./view/frames";
import "./view/parts";
import { dot } from "./view/signs";

const TICK_MS = 1_000;
/** The server tells the live calls at once; until then "0 live" would be a false word. */
const TELL_MS = 600;
/** What can be read from four metres. */
const WALL_CARDS = 16;
/** Walking the cards by keyboard holds them this long after the last key. */
const WALKING_MS = 15_000;
const VIEWS = ["cards", "table", "wall"] as const;
type View = typeof VIEWS[number];

export class SupervisorBoard extends LitElement {
  static override properties = {
    call: { type: String, reflect: true }, base: { type: String }, token: { type: String },
    view: { type: String, reflect: true }, team: { type: String, reflect: true },
    page: { type: Boolean, reflect: true },
  };

  static override styles = [tokens, base, boardStyle];

  /** The call that is open beside the board; "": none. */
  declare call: string;
  declare base: string;
  declare token: string;
  declare view: View;
  /** Only calls of this team; "": all. */
  declare team: string;
  /** This element is the whole page: what is open stands in the address. */
  declare page: boolean;

  private board = new Board();
  private feed: Feed | null = null;
  private timer = 0;
  private told = false;
  private pointerOver = false;
  private lastKey = -Infinity;
  private announced = "";
  private readonly draw = framed(() => this.requestUpdate());

  constructor() {
    super();
    Object.assign(this, { call: "", base: "", token: "", view: "cards", team: "", page: false });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.page) this.readAddress();
    prepareToAnnounce();
    this.timer = window.setInterval(this.draw, TICK_MS);
    addEventListener("keydown", this.onKey);
    this.requestUpdate("base");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    removeEventListener("keydown", this.onKey);
    this.feed?.close();
    this.feed = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("base") || changed.has("token")) this.connect();
    this.board.arrange(this.held());
  }

  override updated(): void {
    this.sayUrgent();
    if (!this.page) return;
    const { needing } = this.board.counts(this.team);
    document.title = needing ? `(${needing}) Live calls · Coach` : "Live calls · Coach";
    this.writeAddress();
  }

  private connect(): void {
    this.feed?.close();
    this.board = new Board();
    this.token ||= takeToken();
    this.feed = new Feed({
      token: this.token,
      url: () => socketUrl("/v1/board", this.base),
      onEvent: (event) => {
        this.told = true;
        this.board.apply(event);
        this.draw();
      },
      onLink: (link) => this.onLink(link),
    });
  }

  private onLink(link: Link): void {
    if (link === "open" && (this.feed?.opened ?? 0) > 1) {
      this.board.reconnected();
      setTimeout(() => {
        if (this.feed?.link === "open") this.board.forgetUnconfirmed();
        this.draw();
      }, RETELL_MS);
    }
    if (link === "open") {
      setTimeout(() => {
        this.told = true;
        this.draw();
      }, TELL_MS);
    }
    this.draw();
  }

  /** No card moves under a pointer, nor away from somebody walking the cards by keyboard. */
  private held(): boolean {
    const walking = performance.now() - this.lastKey < WALKING_MS
      && this.shadowRoot?.querySelector(".calls :focus-visible, .cards :focus-visible");
    return this.pointerOver || Boolean(walking);
  }

  /** A new urgent call is said aloud once. */
  private sayUrgent(): void {
    const urgent = this.board.live.map((call) => ({ call, ...need(call, call.at) }))
      .filter(({ call, rank }) => rank === URGENT && !call.desk.takenBy)
      .map(({ call, reason }) => `Urgent, ${agentName(call.context)}: ${reason}`).join(". ");
    if (urgent !== this.announced) announce(urgent, "assertive");
    this.announced = urgent;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    this.lastKey = performance.now();
    if (event.key !== "Escape" || !this.call) return;
    // Somebody who is writing leaves the field first, and what they wrote stays.
    const [field] = event.composedPath();
    const writing = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
    if (writing && field.value) field.blur();
    else this.close();
  };

  private readonly open = (id: string): void => {
    this.call = id;
  };

  private readonly close = (): void => {
    const id = this.call;
    this.call = "";
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>(`[data-call="${CSS.escape(id)}"] .name`)
        ?.focus({ preventScroll: true });
    });
  };

  private readAddress(): void {
    const query = new URLSearchParams(location.search);
    this.call = query.get("call") ?? "";
    this.team = query.get("team") ?? "";
    this.view = VIEWS.find((view) => view === query.get("view")) ?? "cards";
  }

  /** So that a reload shows the same again. */
  private writeAddress(): void {
    const url = new URL(location.href);
    const parts = { call: this.call, team: this.team, view: this.view === "cards" ? "" : this.view };
    for (const [name, value] of Object.entries(parts)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    if (url.href !== location.href) history.replaceState(null, "", url);
  }

  override render(): TemplateResult {
    const now = performance.now();
    const shown = this.board.order.filter((call) => ofTeam(call, this.team));
    return html`<div @click=${releaseClick}>
      ${this.top()}
      ${this.empty(shown.length)}
      <div @pointerenter=${this.onEnter} @pointerleave=${this.onLeave}>
        ${this.view === "table" ? this.table(shown, now) : this.cards(shown, now)}
      </div>
      ${this.view === "wall" ? nothing : this.recent()}
      ${developmentMode() ? html`<p id="mode" class="mode">Development mode: no access control</p>` : nothing}
      ${this.call ? html`<call-panel .call=${this.call} .base=${this.base} .token=${this.token}
        @panel-close=${this.close}></call-panel>` : nothing}
    </div>`;
  }

  private readonly onEnter = (): void => { this.pointerOver = true; };

  private readonly onLeave = (): void => {
    this.pointerOver = false;
    this.draw();
  };

  private top(): TemplateResult {
    const { live, needing, delayed } = this.board.counts(this.team);
    const parts = [`${live} live`];
    if (needing) parts.push(`${needing} ${needing === 1 ? "needs" : "need"} you`);
    if (delayed) parts.push(`${delayed} delayed`);
    const link = this.feed?.link ?? "connecting";
    const words = { open: "live", offline: "reconnecting", refused: "no access", connecting: "connecting", closed: "closed" };
    const { teams } = this.board;
    return html`<header class="top">
      <h1 id="counts" role="status">${this.told ? parts.join(" · ") : ""}</h1>
      <p class="state" role="status">${dot(link === "open" ? "listening" : "off")}<span id="state">${words[link]}</span></p>
      <div class="tools">
        ${teams.length > 1 || this.team ? html`<select id="team" aria-label="Team" @change=${this.onTeam}>
          <option value="" ?selected=${!this.team}>All teams</option>
          ${[...new Set([...teams, this.team])].filter(Boolean).map((team) => html`
            <option value=${team} ?selected=${team === this.team}>${team}</option>`)}</select>` : nothing}
        <div class="views" role="group" aria-label="View">${VIEWS.map((view) => html`
          <button type="button" aria-pressed=${this.view === view} @click=${() => { this.view = view; }}>${
            view.charAt(0).toUpperCase() + view.slice(1)}</button>`)}</div>
      </div>
    </header>`;
  }

  private readonly onTeam = (event: Event): void => {
    this.team = (event.target as HTMLSelectElement).value;
  };

  private empty(shown: number): unknown {
    const refused = this.feed?.link === "refused";
    if (!refused && (!this.told || shown > 0)) return nothing;
    return html`<p id="empty" class="waiting-line">${refused
      ? `This page may not show the board. ${this.feed?.refusal ?? ""}` : "No live calls."}</p>`;
  }

  private cards(shown: Call[], now: number): TemplateResult {
    const wall = this.view === "wall";
    const calls = wall ? shown.slice(0, WALL_CARDS) : shown;
    const more = shown.length - calls.length;
    return html`<section class="cards" aria-label="Live calls">
      ${repeat(calls, (call) => call.id, (call) => card(call, now, {
        open: this.open, isOpen: call.id === this.call, wall,
      }))}</section>
      ${more > 0 ? html`<p class="quiet">and ${more} more</p>` : nothing}`;
  }

  private table(shown: Call[], now: number): unknown {
    if (shown.length === 0) return nothing;
    return html`<div class="table-frame"><table class="calls"><thead><tr>
      <th scope="col">Need</th><th scope="col">Agent</th><th scope="col">Customer</th>
      <th scope="col">Time</th><th scope="col">State</th><th scope="col">Last words</th></tr></thead>
      <tbody>${repeat(shown, (call) => call.id, (call) => tableRow(call, now, this.open))}</tbody></table></div>`;
  }

  private recent(): unknown {
    const { recent } = this.board;
    if (recent.length === 0) return nothing;
    return html`<section id="recent" class="recent" aria-labelledby="recent-title">
      <h2 id="recent-title">Just ended</h2><ul>${recent.map((call) => html`<li>
        <a href=${pageUrl(`/calls/${encodeURIComponent(call.id)}`, this.base)}>${
          agentName(call.context)} and ${call.customer}</a>
        <span class="quiet">${time(call.ended?.duration)}</span></li>`)}</ul></section>`;
  }
}
