/** The one nudge on screen: what happened, the words to say, and three quiet answers. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Call } from "../model/call";
import { excerpt } from "../model/excerpt";
import { quoted, shortName, time } from "../model/names";
import { Screen } from "../model/nudges";
import type { Nudge } from "../model/nudges";
import type { NudgeState } from "../model/wire";
import { announce } from "./announcer";
import { reducedMotion } from "./frames";
import { sign } from "./signs";

/** With reduced motion the line that shortens steps. */
const STEP_SECONDS = 5;
const SMOOTH_SECONDS = 0.1;

interface Reply {
  state: NudgeState;
  word: string;
  key: string;
  cap: string;
}

const REPLIES: Reply[] = [
  { state: "done", word: "Used", key: "Enter", cap: "⏎" },
  { state: "dismissed", word: "Later", key: "Escape", cap: "Esc" },
  { state: "not_useful", word: "Not useful", key: "n", cap: "N" },
];

export interface NowOptions {
  /** A supervisor looks on: nothing is answered, announced or reported as shown. */
  readonly: () => boolean;
  onState: (item: Nudge, state: NudgeState) => void;
}

export class Now {
  item: Nudge | null = null;
  private readonly screen = new Screen();

  constructor(private readonly options: NowOptions) {}

  /** Choose what is on screen at this moment. True where that changed. */
  choose(call: Call, now: number): boolean {
    const next = call.ended ? null : this.screen.choose(call.nudges, call.clock(now), now);
    const changed = next !== this.item;
    this.item = next;
    if (changed && !this.options.readonly()) this.say();
    return changed;
  }

  /** To be called once the choice is drawn: where somebody can see it, it counts as shown. */
  drawn(): void {
    if (!this.item || this.item.state !== "open" || document.hidden || this.options.readonly()) return;
    this.item.state = "shown";
    this.options.onState(this.item, "shown");
  }

  /** Take a key. True where it was an answer. */
  key(name: string, now: number): boolean {
    if (!this.item || !this.screen.takesKeys(now)) return false;
    const reply = REPLIES.find(({ key }) => key.toLowerCase() === name.toLowerCase());
    if (reply) this.answer(this.item, reply.state);
    return reply !== undefined;
  }

  /** The nudge, where it is of this place: urgent ones have their own. */
  render(call: Call, place: "urgent" | "now"): unknown {
    const { item } = this;
    if (!item || (item.severity === "urgent") !== (place === "urgent")) return nothing;
    return keyed(item.id, this.card(call, item));
  }

  /** How much of the nudge's moment is left, as the width of a line. */
  shorten(bar: HTMLElement | null, clock: number): void {
    if (!bar || !this.item) return;
    const { at, expires } = this.item;
    if (!Number.isFinite(expires)) {
      bar.style.transform = "scaleX(0)";
      return;
    }
    const step = reducedMotion.matches ? STEP_SECONDS : SMOOTH_SECONDS;
    const left = Math.ceil((expires - clock) / step) * step;
    const part = Math.max(0, Math.min(1, left / Math.max(1, expires - at)));
    bar.style.transform = `scaleX(${part.toFixed(4)})`;
  }

  private say(): void {
    const { item } = this;
    const urgent = item?.severity === "urgent";
    const words = item ? `${item.title} ${item.phrases[0] ?? item.text}` : "";
    announce(urgent ? "" : words, "polite");
    announce(urgent ? `Urgent. ${words}` : "", "assertive");
  }

  private answer(item: Nudge, state: NudgeState): void {
    item.state = state;
    this.options.onState(item, state);
  }

  private card(call: Call, item: Nudge): TemplateResult {
    const urgent = item.severity === "urgent";
    const [phrase] = item.phrases;
    return html`
      <article class="nudge ${urgent ? "urgent" : ""}" data-nudge=${item.id} data-rule=${item.rule}>
        ${urgent ? html`<p class="band">${sign("urgent")}Urgent</p>` : nothing}
        <h2>${item.title}</h2>
        ${phrase || item.text ? html`<p class="phrase">${phrase ? quoted(phrase) : item.text}</p>` : nothing}
        ${why(call, item)}
        <div class="answers">${REPLIES.map((reply) => this.button(item, reply))}</div>
        <div class="life" aria-hidden="true"><div class="bar"></div></div>
      </article>`;
  }

  private button(item: Nudge, { state, word, key, cap }: Reply): TemplateResult {
    return html`<button type="button" title="${word} (${key})" ?disabled=${this.options.readonly()}
      @click=${() => this.answer(item, state)}>${word}<kbd aria-hidden="true">${cap}</kbd></button>`;
  }
}

/** Why, in one grey line: who said what, and when; else the reason in words. */
function why(call: Call, item: Nudge): unknown {
  const { party = item.party, start = item.at } = item.evidence;
  const quote = excerpt(item.evidence);
  const text = quote ? quoted(quote) : item.reason;
  if (!text) return nothing;
  const who = quote && party ? `${shortName(call.nameOf(party, true))}: ` : "";
  return html`<p class="why" title=${item.reason}><span>${who}${text}</span><time>${time(start)}</time></p>`;
}
