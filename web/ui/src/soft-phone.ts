/** `<soft-phone call="…">`: a call by this browser's microphone, and by what a tab of it plays. */

import { LitElement, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { developmentMode, pageUrl, takeToken } from "./link/access";
import { Session } from "./link/session";
import { Sound, microphones } from "./link/sound";
import { Speaker } from "./link/speaker";
import { time } from "./model/names";
import { phoneState } from "./model/phone";
import type { Side } from "./model/phone";
import { base } from "./style/base";
import { columnStyle } from "./style/column";
import { phoneStyle } from "./style/phone";
import { tokens } from "./style/tokens";
import { transcriptStyle } from "./style/transcript";
import { framed } from "./view/frames";
import { heldBack } from "./view/head";
import { dot } from "./view/signs";
import { speakerLine } from "./view/speaker";
import { TranscriptView } from "./view/transcript";

const LEVEL_MS = 100;
/** "Copied" stays on the button this long. */
const COPIED_MS = 2_000;
const NAMES: Record<Side, string> = { agent: "Agent", customer: "Customer" };
const OTHER: Record<Side, Side> = { agent: "customer", customer: "agent" };

export class SoftPhone extends LitElement {
  static override properties = {
    call: { type: String }, side: { type: String }, base: { type: String }, token: { type: String },
    page: { type: Boolean, reflect: true },
  };

  static override styles = [tokens, base, transcriptStyle, columnStyle, phoneStyle];

  /** The call's id; "": a new one. */
  declare call: string;
  /** Whose microphone this is: the tab's sound is then the other's. */
  declare side: Side;
  declare base: string;
  declare token: string;
  /** This element is the whole page: call and side stand in the address. */
  declare page: boolean;

  private live: Session | null = null;
  private mine: Speaker | null = null;
  private theirs: Speaker | null = null;
  private devices: MediaDeviceInfo[] = [];
  private device = "";
  private copied = false;
  private timer = 0;
  private readonly draw = framed(() => this.requestUpdate());
  private readonly transcript = new TranscriptView(this, { self: true });

  constructor() {
    super();
    Object.assign(this, { call: "", side: "agent", base: "", token: "", page: false });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.page) this.readAddress();
    this.timer = window.setInterval(() => this.showLevels(), LEVEL_MS);
    addEventListener("pagehide", this.hangUp);
    navigator.mediaDevices?.addEventListener("devicechange", this.lookForMicrophones);
    this.requestUpdate("call");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    removeEventListener("pagehide", this.hangUp);
    navigator.mediaDevices?.removeEventListener("devicechange", this.lookForMicrophones);
    this.leave();
  }

  private readAddress(): void {
    const asked = new URLSearchParams(location.search);
    this.call ||= asked.get("call") ?? "";
    if (asked.get("side") === "customer") this.side = "customer";
  }

  override willUpdate(changed: PropertyValues<this>): void {
    this.call ||= newCall();
    if (changed.has("side") && !(this.side in OTHER)) this.side = "agent";
    const names = ["call", "base", "token"] as const;
    if (names.some((name) => changed.has(name))) this.join();
  }

  private join(): void {
    this.leave();
    const token = this.token || takeToken();
    this.live = new Session(this.call, token, this.base);
    this.live.follow(() => {
      if (this.live?.call.ended) this.hangUp();
      this.draw();
    });
    const options = { call: this.call, token, base: this.base, onChange: this.draw };
    this.mine = new Speaker(options);
    this.theirs = new Speaker(options);
    if (this.page) history.replaceState(null, "", this.address(this.side));
  }

  private leave(): void {
    this.hangUp();
    this.live?.close();
    this.live = null;
  }

  override updated(): void {
    if (this.page) document.title = this.speaking ? "On a call · Softphone" : "Softphone · Coach";
  }

  private get speaking(): boolean {
    return Boolean(this.mine?.on || this.theirs?.on);
  }

  /** Whose the microphone is may be changed: nobody speaks, or is about to. */
  private get open(): boolean {
    return !this.speaking && !this.mine?.asking && !this.theirs?.asking;
  }

  private readonly hangUp = (): void => {
    this.mine?.stop();
    this.theirs?.stop();
  };

  private showLevels(): void {
    for (const [id, speaker] of [["mine", this.mine], ["theirs", this.theirs]] as const) {
      const bar = this.renderRoot.querySelector<HTMLElement>(`#${id} .level`);
      if (bar && speaker) bar.style.setProperty("--level", speaker.level().toFixed(2));
    }
    const clock = this.renderRoot.querySelector("#clock")?.textContent ?? "";
    const call = this.live?.call;
    if (call?.heard && time(call.clock()) !== clock) this.draw();
  }

  private readonly lookForMicrophones = async (): Promise<void> => {
    this.devices = await microphones();
    this.requestUpdate();
  };

  private async useMicrophone(device = this.device): Promise<void> {
    this.device = device;
    // One that is unplugged hands over to another, and the call goes on.
    await this.mine?.speak(this.side, () => Sound.microphone(device, () => void this.useMicrophone("")));
    await this.lookForMicrophones();
  }

  private shareTab(): Promise<void> | undefined {
    return this.theirs?.speak(OTHER[this.side], () => Sound.tab(() => this.theirs?.stop("The tab is no longer shared.")));
  }

  private newCall(): void {
    this.call = newCall();
  }

  private address(side: Side): string {
    const path = `/softphone?call=${encodeURIComponent(this.call)}&side=${side}`;
    return pageUrl(path, this.base);
  }

  private async copyInvitation(): Promise<void> {
    await navigator.clipboard.writeText(new URL(this.address(OTHER[this.side]), location.href).href);
    this.copied = true;
    this.requestUpdate();
    setTimeout(() => {
      this.copied = false;
      this.requestUpdate();
    }, COPIED_MS);
  }

  override render(): TemplateResult {
    const call = this.live?.call;
    const over = Boolean(call?.ended);
    const state = phoneState(call ?? null, this.live?.link ?? "connecting", this.mine, this.theirs);
    return html`<div class="column">
      <header class="head">
        <h1>Softphone</h1>
        <time id="clock">${call?.heard ? time(call.clock()) : ""}</time>
        <p class="state" role="status">${dot(state.look)}<span id="state">${state.word}</span></p>
      </header>
      ${over ? this.afterwards() : this.sides()}
      ${call ? heldBack(call) : nothing}
      <section id="transcript" class="transcript" aria-label="What is heard">
        <h2>What is heard</h2>
        ${call?.heard ? this.transcript.lines(call) : html`<p id="waiting" class="waiting-line">${this.waiting()}</p>`}
      </section>
      ${this.foot()}
    </div>`;
  }

  private sides(): TemplateResult {
    const { mine, theirs } = this;
    return html`
      <section id="mine" class="side ${this.side}" aria-label="You">
        <h2>You <label class="quiet">are the <select id="side" ?disabled=${!this.open} @change=${this.onSide}>${
          (["agent", "customer"] as const).map((side) => html`<option value=${side} ?selected=${side === this.side}>${NAMES[side].toLowerCase()}</option>`)}</select></label></h2>
        ${mine ? speakerLine(mine, {
          words: "Use the microphone", id: "use-microphone", silent: "Nothing is heard from this microphone.",
          start: () => void this.useMicrophone(), more: this.microphoneChoice(),
        }) : nothing}
      </section>
      <section id="theirs" class="side ${OTHER[this.side]}" aria-label=${NAMES[OTHER[this.side]]}>
        <h2>${NAMES[OTHER[this.side]]}</h2>
        ${theirs ? speakerLine(theirs, {
          words: "Share a tab’s sound", id: "share-tab", silent: "Nothing is heard from that tab.",
          start: () => void this.shareTab(), more: nothing,
        }) : nothing}
        ${theirs?.on || !navigator.clipboard ? nothing : html`<p class="invite quiet">Or call from another browser:
          <button id="invite" type="button" @click=${() => this.copyInvitation()}>${
            this.copied ? "Copied" : "Copy the link"}</button></p>`}
      </section>`;
  }

  private microphoneChoice(): unknown {
    if (this.devices.length < 2 || !this.devices[0]?.label) return nothing;
    const inUse = this.mine?.sound?.track.getSettings().deviceId;
    return html`<select id="microphone" aria-label="Microphone" @change=${this.onMicrophone}>${
      this.devices.map(({ deviceId, label }) => html`<option value=${deviceId}
        ?selected=${deviceId === inUse}>${label}</option>`)}</select>`;
  }

  private readonly onSide = (event: Event): void => {
    this.side = (event.target as HTMLSelectElement).value as Side;
    if (this.page) history.replaceState(null, "", this.address(this.side));
  };

  private readonly onMicrophone = (event: Event): void => {
    void this.useMicrophone((event.target as HTMLSelectElement).value);
  };

  private afterwards(): TemplateResult {
    return html`<section id="after" class="after" aria-label="Afterwards">
      <p>This call is over. <a href=${pageUrl(`/calls/${encodeURIComponent(this.call)}`, this.base)}>Read its record</a></p>
      <button id="new-call" type="button" @click=${this.newCall}>New call</button>
    </section>`;
  }

  private waiting(): string {
    return this.live?.link === "refused" ? `This page may not show the call. ${this.live.refusal}`
      : "The words appear here once somebody speaks. Coach only listens: it connects you with nobody.";
  }

  private foot(): TemplateResult {
    const agentPage = pageUrl(`/agent?call=${encodeURIComponent(this.call)}`, this.base);
    return html`<footer>
      <button id="hang-up" type="button" class="hang-up" ?disabled=${!this.speaking} @click=${this.hangUp}>Hang up</button>
      <a id="agent-page" href=${agentPage} target="coach-agent">The agent’s page</a>
      ${developmentMode() ? html`<p id="mode" class="mode">Development mode: no access control</p>` : nothing}
    </footer>`;
  }
}

/** An id that nobody else has: 48 bits of chance. */
function newCall(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `browser-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
