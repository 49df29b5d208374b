/** Lists for whoever looks at a whole call: what was noticed, and what was suggested. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Call } from "../model/call";
import { quoted, time } from "../model/names";
import { isOpen } from "../model/nudges";
import type { Nudge } from "../model/nudges";
import {
  SAFETY_KINDS, URGENT_KINDS, attributeWords, kindWords, nudgeStateWords,
} from "../model/words";
import { sign } from "./signs";

interface Entry {
  kind: string;
  words: string;
  more: string;
  quote: string;
  at: number;
}

/** Safety first, then newest first; a click shows the moment in the transcript. */
export function noticedList(call: Call, reveal: (at: number) => void): unknown {
  const entries: Entry[] = [
    ...call.signals.map(({ kind, quote, at, attributes }) => ({
      kind, words: kindWords(kind), more: attributeWords(attributes), quote, at,
    })),
    ...call.flags.map(({ kind, at }) => ({
      kind, words: "Adverse event, noted by a person", more: "", quote: "", at,
    })),
  ].sort((a, b) => safety(b) - safety(a) || b.at - a.at);
  if (entries.length === 0) return nothing;
  return html`<ul class="noticed">${entries.map((entry) => row(entry, reveal))}</ul>`;
}

function safety({ kind }: Entry): number {
  return Number(SAFETY_KINDS.has(kind));
}

function row(entry: Entry, reveal: (at: number) => void): TemplateResult {
  const { kind, words, more, quote, at } = entry;
  const shape = !safety(entry) ? "plain" : URGENT_KINDS.has(kind) ? "urgent" : "attention";
  return html`<li><button class="notice" type="button" title=${quote} @click=${() => reveal(at)}>
    ${sign(shape)}<span class="kind">${words}${more ? html` <small>${more}</small>` : nothing}</span>
    <time>${time(at)}</time>${quote ? html`<q class="quote">${quote}</q>` : nothing}</button></li>`;
}

/** Every nudge to the agent with what became of it, newest first. */
export function nudgeList(call: Call, clock: number): unknown {
  const items = call.nudges.list().filter((item) => item.audience !== "supervisor")
    .sort((a, b) => b.at - a.at);
  if (items.length === 0) return nothing;
  return html`<ol class="nudges">${items.map((item) => html`
    <li class="nudge-row ${item.severity}">
      <p class="title">${item.severity === "urgent" ? sign("urgent") : nothing}${item.title}</p>
      ${item.phrases[0] ? html`<p class="phrase">${quoted(item.phrases[0])}</p>` : nothing}
      <p class="state">${time(item.at)} · ${nudgeStateWords(stateAt(item, call, clock))}</p>
    </li>`)}</ol>`;
}

function stateAt(item: Nudge, call: Call, clock: number): Nudge["state"] {
  return isOpen(item) && (call.ended || clock >= item.expires) ? "expired" : item.state;
}
