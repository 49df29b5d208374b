/** One speaker of the softphone: a button to begin, then how loud it is and what gets lost. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Speaker } from "../link/speaker";
import { lossWords } from "../model/loss";
import { sign } from "./signs";

interface Line {
  /** Of the button that begins. */
  words: string;
  id: string;
  /** What to say where nothing is heard for long. */
  silent: string;
  start: () => void;
  more: unknown;
}

export function speakerLine(speaker: Speaker, line: Line): TemplateResult {
  return html`
    ${speaker.on ? running(speaker, line) : html`<p class="controls">
      <button id=${line.id} type="button" class="begin" ?disabled=${speaker.asking} @click=${line.start}>${line.words}</button></p>`}
    ${troubles(speaker, line)}`;
}

function running(speaker: Speaker, { more }: Line): TemplateResult {
  const { muted, whip } = speaker;
  return html`
    <p class="level ${muted ? "muted" : ""}" role="img" aria-label=${muted ? "muted" : "how loud it is"}></p>
    <p class="controls">
      <button type="button" class="mute" aria-pressed=${muted} @click=${() => speaker.mute(!muted)}>${
        muted ? "Unmute" : "Mute"}</button>
      ${more}
      <span class="loss quiet">${whip?.state === "sending" ? lossWords(whip.loss.share) : ""}</span>
    </p>`;
}

function troubles(speaker: Speaker, { silent }: Line): unknown {
  const words = speaker.trouble || (speaker.silent ? silent : "");
  return html`<p class="trouble" role="status">${words ? html`${sign("attention")}${words}` : nothing}</p>`;
}
