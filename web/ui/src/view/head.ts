/** The head of the agent's column: who, how long, in which state, and the pace of both. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Session } from "../link/session";
import { callState } from "../model/call";
import type { Call } from "../model/call";
import { customerRole, shortName, time } from "../model/names";
import { paceTable } from "../model/pace-words";
import { dot } from "./signs";

const WAITING = { look: "waiting", word: "waiting" } as const;

export function head(live: Session | null): TemplateResult {
  const call = live?.call.heard ? live.call : null;
  const name = call?.customer ?? "Your call";
  const role = call ? customerRole(call.context) : "";
  const state = live ? callState(live.call, live.link, true) : WAITING;
  return html`<header class="head">
    <p class="person"><span id="name" title=${name}>${name}</span><span id="role" class="quiet">${
      role === name ? "" : role}</span></p>
    <time id="clock">${call ? time(call.clock()) : ""}</time>
    <p class="state" role="status">${dot(state.look)}<span id="state">${state.word}</span></p>
  </header>`;
}

/** The ribbons, and the same as a table for whoever asks for it. */
export function paceSection(call: Call, asTable: boolean, toggle: () => void): unknown {
  if (!call.heard || call.mixed || call.ended) return nothing;
  const name = shortName(call.customer);
  return html`<section id="pace" class="pace" aria-label="Pace">
    <span class="who agent">You</span>
    <coach-ribbons .model=${call} .self=${true}></coach-ribbons>
    <span id="who-below" class="who customer">${name}</span>
    <button class="heard-only ask-table" type="button" aria-expanded=${asTable} @click=${toggle}>
      Pace as a table</button>
    ${asTable ? html`<table>
      <thead><tr><th scope="col">When</th><th scope="col">You</th><th scope="col">${name}</th></tr></thead>
      <tbody>${paceTable(call, call.clock()).map((row) => html`<tr>
        <th scope="row">${row.when}</th><td>${row.agent}</td><td>${row.customer}</td></tr>`)}</tbody>
    </table>` : nothing}
  </section>`;
}

/** Why there is less help than usual, where that is so. */
export function heldBack(call: Call): unknown {
  const words = call.mixed ? "Coaching off: one mixed channel"
    : call.consent.analyse === false ? "Not listening: no consent for this call" : "";
  return words ? html`<p id="line" class="quiet-line">${words}</p>` : nothing;
}
