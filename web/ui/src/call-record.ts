/** `<call-record call="…">`: what was said in a call, what was noticed, what was suggested. */

import { LitElement, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { Refused, developmentMode, fetchJson, takeToken } from "./link/access";
import { Call } from "./model/call";
import { agentName, customerRole, time } from "./model/names";
import type { CallEvent } from "./model/wire";
import { base } from "./style/base";
import { recordStyle } from "./style/record";
import { tokens } from "./style/tokens";
import { transcriptStyle } from "./style/transcript";
import { noticedList, nudgeList } from "./view/noticed";
import { TranscriptView } from "./view/transcript";

const FETCHING = "Fetching the record…";
const NONE = "There is no record of this call.";

export class CallRecord extends LitElement {
  static override properties = {
    call: { type: String }, base: { type: String }, token: { type: String },
    page: { type: Boolean, reflect: true },
  };

  static override styles = [tokens, base, transcriptStyle, recordStyle];

  declare call: string;
  declare base: string;
  declare token: string;
  declare page: boolean;
  private read: Call | null = null;
  private waiting = FETCHING;
  private readonly transcript = new TranscriptView(this, { follow: false });

  constructor() {
    super();
    Object.assign(this, { call: "", base: "", token: "", page: false });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const last = location.pathname.split("/").filter(Boolean).at(-1) ?? "";
    if (this.page && !this.call) this.call = decodeURIComponent(last);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("call") || changed.has("base") || changed.has("token")) void this.fetch();
  }

  override updated(): void {
    if (this.page && this.read) document.title = `${this.read.customer} · Call`;
  }

  private async fetch(): Promise<void> {
    const call = new Call(this.call);
    this.read = null;
    this.waiting = FETCHING;
    try {
      await this.readAll(call);
      this.waiting = call.heard ? "" : NONE;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.waiting = error instanceof Refused && error.status === 404 ? NONE
        : `The record could not be read: ${error.message}`;
    }
    if (call.id !== this.call) return;
    this.read = this.waiting ? null : call;
    this.requestUpdate();
  }

  /** All of the log, page by page until a page brings nothing new. */
  private async readAll(call: Call): Promise<void> {
    const token = this.token || takeToken();
    for (let before = -1; before < call.after;) {
      before = call.after;
      const path = `/v1/calls/${encodeURIComponent(call.id)}/events?after=${before}`;
      const { events } = await fetchJson<{ events: CallEvent[] }>(path, token, this.base);
      for (const event of events) call.apply(event);
    }
  }

  override render(): TemplateResult {
    const { read } = this;
    return html`<div class="frame">
      <header class="record-head">
        <h1 id="title">${read ? `${agentName(read.context)} and ${read.customer}` : "Call"}</h1>
        ${read ? html`<p id="facts" class="quiet">${facts(read)}</p>` : nothing}
        ${read && !read.ended ? html`<p id="still" class="quiet">This call is still going on.
          <a href="/agent?call=${encodeURIComponent(read.id)}">Follow it live</a></p>` : nothing}
      </header>
      ${read ? this.body(read) : html`<p id="waiting" class="waiting-line" role="status">${this.waiting}</p>`}
      ${developmentMode() ? html`<p id="mode" class="mode">Development mode: no access control</p>` : nothing}
    </div>`;
  }

  private body(call: Call): TemplateResult {
    const noticed = noticedList(call, (at) => this.transcript.reveal(call, at));
    const nudges = nudgeList(call, Infinity);
    const { notes } = call.desk;
    return html`<div class="record-body">
      <aside>
        ${part("noticed", "Noticed", noticed)}
        ${part("nudges", "Suggested to the agent", nudges)}
        ${part("notes", "Notes", notes.length ? html`<ul>${notes.map(({ text, by, at }) => html`
          <li class="plain">${text} <small class="quiet">${[by, time(at)].filter(Boolean).join(" · ")}</small></li>`)}</ul>` : nothing)}
        ${noticed === nothing && nudges === nothing
          ? html`<p id="nothing" class="quiet">Nothing was noticed in this call.</p>` : nothing}
      </aside>
      <section id="transcript" class="transcript" aria-label="Transcript"><h2>Transcript</h2>
        ${this.transcript.lines(call)}</section>
    </div>`;
  }
}

function part(id: string, title: string, content: unknown): unknown {
  return content === nothing ? nothing
    : html`<section id=${id} aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

function facts(call: Call): string {
  const role = customerRole(call.context);
  const began = call.started ? new Date(call.started) : null;
  return [
    role === call.customer ? "" : role,
    call.context.product ?? "",
    began && !Number.isNaN(began.getTime())
      ? began.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "",
    call.ended ? `${time(call.ended.duration)} long` : "",
  ].filter(Boolean).join(" · ");
}
