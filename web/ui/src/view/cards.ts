/** A call of the board, as a card and as a row. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { callState } from "../model/call";
import type { Call } from "../model/call";
import { agentName, shortName, time } from "../model/names";
import { ATTENTION, CALM, URGENT, need } from "../model/need";
import { dot, sign } from "./signs";

/** Ribbons of forty cards are drawn less often than one agent's. */
const DRAW_MS = 500;
const LOOKS: Record<number, string> = { [URGENT]: "urgent", [ATTENTION]: "attention" };

export interface CardOptions {
  open: (id: string) => void;
  isOpen: boolean;
  /** To be read across a room, by anyone in it: no words of the call, no customer's name. */
  wall: boolean;
}

export function card(call: Call, now: number, { open, isOpen, wall }: CardOptions): TemplateResult {
  const { rank, reason, plain } = need(call, call.clock(now));
  const agent = agentName(call.context);
  const { takenBy } = call.desk;
  return html`<article class="card ${LOOKS[rank] ?? ""} ${isOpen ? "open" : ""}" data-call=${call.id}>
    ${rank === URGENT ? html`<p class="band">${sign("urgent")}Urgent</p>` : nothing}
    <header><button class="name" type="button" title=${wall ? agent : `${agent} and ${call.customer}`}
      @click=${() => open(call.id)}>${agent}</button><time>${time(call.clock(now))}</time></header>
    ${rank === CALM ? nothing : html`<p class="reason">${
      rank === ATTENTION ? sign("attention") : nothing}<span>${wall ? plain : reason}</span></p>`}
    <coach-ribbons .model=${call} every=${DRAW_MS} aria-hidden="true"></coach-ribbons>
    ${wall ? nothing : lastWords(call)}
    ${state(call)}
    ${takenBy ? html`<p class="taken">${takenBy} is on it</p>` : nothing}
  </article>`;
}

export function tableRow(call: Call, now: number, open: (id: string) => void): TemplateResult {
  const { rank, reason } = need(call, call.clock(now));
  const shape = rank === URGENT ? sign("urgent") : rank === ATTENTION ? sign("attention") : nothing;
  const { takenBy } = call.desk;
  return html`<tr class=${LOOKS[rank] ?? ""} data-call=${call.id}>
    <td class="reason">${shape}${reason}</td>
    <td><button class="name" type="button" @click=${() => open(call.id)}>${agentName(call.context)}</button></td>
    <td>${call.customer}</td><td><time>${time(call.clock(now))}</time></td>
    <td>${takenBy ? `${takenBy} is on it` : callState(call, "open").word}</td>
    <td>${lastWords(call)}</td></tr>`;
}

function lastWords(call: Call): TemplateResult {
  const line = call.transcript.last;
  const role = line ? call.party(line.party).role : "";
  const name = line ? `${shortName(call.nameOf(line.party))}: ` : "";
  return html`<p class="last ${role} ${line?.final === false ? "partial" : ""}"><b>${name}</b><span>${
    line?.text ?? ""}</span></p>`;
}

/** What is as it should be needs no words on forty cards. */
function state(call: Call): unknown {
  const { look, word } = callState(call, "open");
  return look === "listening" ? nothing : html`<p class="state">${dot(look)}<span>${word}</span></p>`;
}
