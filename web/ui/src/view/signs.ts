/** Signs that differ by shape, so that colour is never alone. */

import { html } from "lit";
import type { TemplateResult } from "lit";
import type { Look } from "../model/call";

/** An octagon for urgent, a diamond for attention, a ring for what is merely noted. */
export function sign(kind: "urgent" | "attention" | "plain"): TemplateResult {
  return html`<span class="sign ${kind}" aria-hidden="true">${kind === "urgent" ? "!" : ""}</span>`;
}

export function dot(look: Look): TemplateResult {
  return html`<span class="dot ${look}" aria-hidden="true"></span>`;
}
