// One call opened from the board: what its agent sees, the transcript, a message to the agent.

import { Call, callState } from "./call.js";
import { $, el, framed, setText, show } from "./dom.js";
import { Feed, socketUrl } from "./feed.js";
import { Ribbons } from "./ribbons.js";
import { NoticedView, NudgeListView, TranscriptView } from "./views.js";
import { agentName, time } from "./words.js";

const TICK_MS = 250;

export class Panel {
  constructor({ token, onClose }) {
    this.token = token;
    this.onClose = onClose;
    this.root = $("#panel");
    this.draw = framed(() => this.#render());
    $("#close").onclick = () => this.close();
    $("#message").onsubmit = (event) => this.#send(event);
    setInterval(() => this.#tick(), TICK_MS);
  }

  get id() {
    return this.call?.id ?? null;
  }

  open(id) {
    this.feed?.close();
    this.call = new Call(id);
    this.#build();
    setText($("#sent"), "");
    show(this.root, true);
    this.feed = new Feed({
      token: this.token,
      url: () => socketUrl(`/v1/calls/${encodeURIComponent(id)}/events?after=${this.call.after}`),
      finished: () => this.call.ended !== null,
      onEvent: (event) => {
        this.call.apply(event);
        this.draw();
      },
      onLink: () => this.draw(),
    });
    this.#render();
    this.root.focus();
  }

  close() {
    if (!this.call) return;
    const { id } = this.call;
    this.feed.close();
    this.feed = null;
    this.call = null;
    show(this.root, false);
    this.onClose(id);
  }

  #build() {
    const part = (title, name) => el(`section.${name}`, {}, el("h3", {}, title));
    const pace = el("section.pace.small", {}, el("canvas", { role: "img" }));
    const noticedPart = part("Noticed", "noticed-part");
    const nudgePart = part("Suggested to the agent", "nudge-part");
    const transcriptPart = part("Transcript", "transcript");
    this.ribbons = new Ribbons(pace.firstChild, { every: TICK_MS });
    this.transcript = new TranscriptView(transcriptPart);
    this.noticed = new NoticedView(noticedPart, { reveal: (at) => this.transcript.reveal(at) });
    this.nudges = new NudgeListView(nudgePart);
    $("#panel-body").replaceChildren(
      el("div.panel-side", {}, pace, nudgePart, noticedPart), transcriptPart);
  }

  #render() {
    if (!this.call) return;
    const { call } = this;
    setText($("#panel-title"), `${agentName(call.context)} and ${call.customer}`);
    const state = callState(call, this.feed.link);
    $("#panel-dot").className = `dot ${state.look}`;
    setText($("#panel-state"), state.word);
    this.noticed.update(call);
    this.nudges.update(call);
    this.transcript.update(call);
    this.#tick();
  }

  #tick() {
    if (!this.call) return;
    setText($("#panel-clock"), this.call.heard ? time(this.call.clock()) : "");
    this.ribbons.draw(this.call);
    this.nudges.update(this.call);
  }

  #send(event) {
    event.preventDefault();
    const input = $("#text");
    const text = input.value.trim();
    if (!text) return;
    setText($("#sent"), "Sending…");
    const { call } = this;
    this.feed.send({ type: "message", text }).then(({ ok, message }) => {
      if (this.call !== call) return;
      if (ok && input.value.trim() === text) input.value = "";
      setText($("#sent"), ok ? "Sent." : `Not sent: ${message}`);
    });
  }
}
