/** What stands below the nudge: safety, the checklist, what to remember, messages. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Call } from "../model/call";
import type { Case } from "../model/cases";
import type { Remark } from "../model/desk";
import type { Remembered } from "../model/memory";
import { quoted, time } from "../model/names";
import type { ChecklistItem } from "../model/wire";
import { SAFETY_KINDS, URGENT_KINDS, caseWords, kindWords, senderWords } from "../model/words";
import { sign } from "./signs";

type Reveal = (at: number) => void;

/** Only when there is something: cases with their elements, and alarms that are no case yet. */
export function safety(call: Call, reveal: Reveal): unknown {
  const cases = call.cases.list();
  const kinds = new Map(call.signals
    .filter(({ kind }) => SAFETY_KINDS.has(kind) && !call.cases.has(kind))
    .map((signal) => [signal.kind, signal]));
  if (cases.length + kinds.size === 0) return nothing;
  return html`<section id="safety" aria-labelledby="safety-title"><h3 id="safety-title">Safety</h3>
    ${[...kinds.values()].map(({ kind, at }) => html`<button type="button" @click=${() => reveal(at)}>
      ${sign(URGENT_KINDS.has(kind) ? "urgent" : "attention")}${kindWords(kind)}</button>`)}
    ${cases.map(oneCase)}</section>`;
}

function oneCase({ id, kind, chips }: Case): TemplateResult {
  return html`<ul class="case" data-case=${id} aria-label=${caseWords(kind)}>
    <li class="case-name">${sign("attention")}${caseWords(kind)}</li>
    ${chips.map(({ name, told, text }) => html`<li class="chip ${told ? "told" : "lacking"}" title=${text}>
      <span aria-hidden="true">${told ? "✓" : "○"}</span> ${name}<span class="heard-only">${
        told ? " told" : " missing"}</span></li>`)}</ul>`;
}

const BOXES: Record<ChecklistItem["state"], [string, string]> = {
  open: ["☐", "open"], due: ["◆", "due now"], done: ["✓", "done"], missed: ["☐", "missed"],
};

export function checklist(call: Call, clock: number): unknown {
  const items = call.ended ? [] : call.checklist.visible(clock);
  if (items.length === 0) return nothing;
  return html`<section class="checks" aria-labelledby="check-title"><h3 id="check-title">To say</h3>
    <ul id="checklist">${repeat(items, (item) => item.id, ({ text, state }) => html`
      <li class="check ${state}"><span class="box" aria-hidden="true">${BOXES[state][0]}</span>
        <span>${text}<span class="heard-only">, ${BOXES[state][1]}</span></span></li>`)}</ul></section>`;
}

export function remember(call: Call, clock: number, reveal: Reveal): unknown {
  const items = call.memory.list(clock);
  if (items.length === 0) return nothing;
  return html`<section id="remember" aria-labelledby="remember-title">
    <h3 id="remember-title">Remember</h3>
    <ul>${repeat(items, (item) => item.key, (item) => html`<li>
      <button type="button" title=${title(item)} @click=${() => reveal(item.at)}>
        <span class="quiet">${item.label}:</span> ${item.text}${item.doubtful ? "?" : ""}</button>
    </li>`)}</ul></section>`;
}

function title({ label, text, doubtful, at }: Remembered): string {
  const doubt = doubtful ? ", heard with doubt" : "";
  return `${label}: ${text}${doubt} (${time(at)})`;
}

/** The newest message from the supervisor; others wait behind it. */
export function message(messages: Remark[], readonly: boolean, away: (id: string) => void): unknown {
  const newest = messages.at(-1);
  if (!newest) return nothing;
  return html`<section class="message" id="message" aria-label="Message">
    <p class="from">From ${senderWords(newest.from)} · <time>${time(newest.at)}</time></p>
    <p class="text">${newest.text}</p>
    <button type="button" ?disabled=${readonly} @click=${() => away(newest.id)}>Put away</button>
  </section>`;
}

const PRAISES = 2;

/** Two lines of what went well, or one thing to try; then where to read on. */
export function afterwards(call: Call, href: string): unknown {
  if (!call.ended) return nothing;
  const kind = call.signals.filter(({ kind, quote, party }) => kind === "acknowledgement" && quote
    && call.party(party).role === "agent");
  const praises = (call.moments.length > 0 ? call.moments : kind)
    .slice(0, PRAISES)
    .map(({ at, words }) => html`<p>Good to hear at ${time(at)}: ${quoted(words)}</p>`);
  const [left] = call.checklist.left;
  const tip = praises.length === 0 && left ? html`<p>For the next call: ${left.text}</p>` : nothing;
  return html`<section id="over" class="after" aria-label="After the call">
    <h2>The call is over.</h2>${praises}${tip}<a href=${href}>Read the call again</a></section>`;
}
