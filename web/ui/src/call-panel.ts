/** One call opened from the board: the agent's exact view, the words, and what to say or note. */

import { LitElement, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { Session } from "./link/session";
import { callState } from "./model/call";
import type { Call } from "./model/call";
import { GIVE_BACK, TAKE } from "./model/desk";
import { agentName, time } from "./model/names";
import { base } from "./style/base";
import { panelStyle } from "./style/panel";
import { tokens } from "./style/tokens";
import { transcriptStyle } from "./style/transcript";
import { framed } from "./view/frames";
import { noticedList, nudgeList } from "./view/noticed";
import { dot } from "./view/signs";
import { TranscriptView } from "./view/transcript";

const TICK_MS = 500;
/** A message is read at a glance, between two sentences. */
const MESSAGE_CHARACTERS = 300;
const NOTE_CHARACTERS = 2_000;

export class CallPanel extends LitElement {
  static override properties = {
    call: { type: String }, base: { type: String }, token: { type: String },
  };

  static override styles = [tokens, base, transcriptStyle, panelStyle];

  declare call: string;
  declare base: string;
  declare token: string;
  private session: Session | null = null;
  private timer = 0;
  private sent = "";
  private noted = "";
  private readonly draw = framed(() => this.requestUpdate());
  private readonly transcript = new TranscriptView(this);

  constructor() {
    super();
    Object.assign(this, { call: "", base: "", token: "" });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(this.draw, TICK_MS);
    this.requestUpdate("call");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.session?.close();
    this.session = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("call") && !changed.has("base") && !changed.has("token")) return;
    this.session?.close();
    this.sent = this.noted = "";
    this.session = this.call ? new Session(this.call, this.token, this.base) : null;
    this.session?.follow(this.draw);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#panel")?.focus());
  }

  override render(): unknown {
    const { session } = this;
    if (!session) return nothing;
    const { call } = session;
    return html`<section id="panel" aria-labelledby="panel-title" tabindex="-1">
      ${this.head(session)}
      <div class="panel-body">
        <div><agent-coach readonly .session=${session} .base=${this.base}></agent-coach></div>
        <section class="transcript" aria-label="Transcript"><h3>Transcript</h3>
          ${this.transcript.lines(call)}</section>
        ${this.desk(call)}
      </div>
    </section>`;
  }

  private head({ call, link }: Session): TemplateResult {
    const state = callState(call, link);
    const { takenBy } = call.desk;
    return html`<header class="panel-head">
      <h2 id="panel-title">${agentName(call.context)} and ${call.customer}</h2>
      <time id="panel-clock">${call.heard ? time(call.clock()) : ""}</time>
      <p class="state" role="status">${dot(state.look)}<span id="panel-state">${
        takenBy ? `${state.word} · ${takenBy} is on it` : state.word}</span></p>
      <div class="buttons">
        <button id="take" type="button" ?disabled=${!call.heard} aria-pressed=${takenBy !== ""}
          @click=${this.take}>${takenBy ? "Give back" : "Take"}</button>
        <button id="close" type="button" title="Close (Escape)" @click=${this.close}>Close<kbd
          aria-hidden="true">Esc</kbd></button>
      </div>
    </header>`;
  }

  private desk(call: Call): TemplateResult {
    const noticed = noticedList(call, (at) => this.transcript.reveal(call, at));
    const nudges = nudgeList(call, call.clock());
    return html`<div class="desk">
      <form id="message" autocomplete="off" @submit=${this.onMessage}>
        <label for="text">Message to the agent</label>
        <input id="text" name="text" maxlength=${MESSAGE_CHARACTERS} required>
        <div class="row"><p id="sent" class="quiet" role="status">${this.sent}</p>
          <button type="submit">Send</button></div>
      </form>
      <form id="note" autocomplete="off" @submit=${this.onNote}>
        <label for="note-text">Note, for the record</label>
        <textarea id="note-text" name="text" maxlength=${NOTE_CHARACTERS} required></textarea>
        <div class="row"><p id="noted" class="quiet" role="status">${this.noted}</p>
          <button type="submit">Keep</button></div>
      </form>
      ${call.desk.notes.length === 0 ? nothing : html`<ul id="notes" aria-label="Notes">
        ${call.desk.notes.map(({ text, by, at }) => html`<li class="noted">${text}
          <small>${[by, time(at)].filter(Boolean).join(" · ")}</small></li>`)}</ul>`}
      ${noticed === nothing ? nothing : html`<section><h3>Noticed</h3>${noticed}</section>`}
      ${nudges === nothing ? nothing : html`<section><h3>Suggested to the agent</h3>${nudges}</section>`}
    </div>`;
  }

  private readonly close = (): void => {
    this.dispatchEvent(new CustomEvent("panel-close"));
  };

  private readonly take = (): void => {
    const text = this.session?.call.desk.takenBy ? GIVE_BACK : TAKE;
    void this.session?.send({ type: "note", text });
  };

  private readonly onMessage = async (event: SubmitEvent): Promise<void> => {
    this.sent = "Sending…";
    this.sent = await this.say("message", event) ?? this.sent;
    this.requestUpdate();
  };

  private readonly onNote = async (event: SubmitEvent): Promise<void> => {
    this.noted = await this.say("note", event) ?? this.noted;
    this.requestUpdate();
  };

  /** What came of it in words; null where another call is open by then. */
  private async say(type: "message" | "note", event: SubmitEvent): Promise<string | null> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const field = form.elements.namedItem("text") as HTMLInputElement | HTMLTextAreaElement;
    const text = field.value.trim();
    const { session } = this;
    if (!text || !session) return "";
    this.requestUpdate();
    const { ok, message } = await session.send({ type, text });
    if (this.session !== session) return null;
    if (ok && field.value.trim() === text) field.value = "";
    return ok ? (type === "message" ? "Sent." : "Kept.") : `Not sent: ${message}`;
  }
}
