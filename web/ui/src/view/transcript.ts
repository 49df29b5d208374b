/** The transcript as it is shown: partials in place, following the end for a reader at it. */

import { html, nothing } from "lit";
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Call } from "../model/call";
import { time } from "../model/names";
import type { Line, SaidLine } from "../model/transcript";
import { remark } from "../model/words";

/** Within this many pixels of the end counts as being at it. */
const NEAR_END = 24;

interface Host extends ReactiveControllerHost {
  renderRoot: HTMLElement | DocumentFragment;
}

/** Where the reader of a transcript is in it, and what they look for. */
export class TranscriptView implements ReactiveController {
  query = "";
  private atEnd = true;
  private list: HTMLElement | null = null;
  private found = "";
  private readonly sizes = new ResizeObserver(() => this.atEnd && this.toEnd());

  constructor(
    private readonly host: Host,
    private readonly options: { self?: boolean; follow?: boolean } = {},
  ) {
    host.addController(this);
  }

  hostUpdated(): void {
    const list = this.host.renderRoot.querySelector<HTMLElement>(".lines");
    if (list !== this.list) {
      this.sizes.disconnect();
      this.list = list;
      if (list) this.sizes.observe(list);
    }
    if (this.follows && this.atEnd && !this.query) this.toEnd();
  }

  hostDisconnected(): void {
    this.sizes.disconnect();
    this.list = null;
  }

  toEnd(): void {
    if (!this.list || !this.follows) return;
    this.list.scrollTop = this.list.scrollHeight;
    this.atEnd = true;
  }

  /** Bring the line of a call second to the eye. */
  reveal(call: Call, at: number): void {
    const line = call.transcript.lines
      .findLast((candidate) => candidate.kind === "said" && candidate.at <= at + 0.05);
    if (!line) return;
    this.query = "";
    this.found = line.key;
    this.atEnd = false;
    this.host.requestUpdate();
    void this.host.updateComplete.then(() => {
      this.host.renderRoot.querySelector(".said.found")?.scrollIntoView({ block: "center" });
    });
  }

  search(query: string): void {
    this.query = query.trim();
    this.host.requestUpdate();
  }

  /** `messages` false: those stand elsewhere, and take no line away from what was said. */
  lines(call: Call, { messages = true } = {}): TemplateResult {
    const sought = this.query.toLowerCase();
    const lines = call.transcript.lines
      .filter((line) => messages || line.kind === "said" || line.event.type !== "message");
    const shown = sought ? lines.filter((line) => textOf(line).includes(sought)) : lines;
    return html`
      <ol class="lines" tabindex="0" aria-label="Transcript"
        @scroll=${this.onScroll}>
        ${repeat(shown, (line) => line.key, (line, i) => this.row(call, line, shown[i - 1]))}
      </ol>
      <button class="newest" type="button" ?hidden=${this.atEnd || !this.follows || sought !== ""}
        @click=${this.onNewest}>Newest ↓</button>`;
  }

  private get follows(): boolean {
    return this.options.follow ?? true;
  }

  private readonly onScroll = (): void => {
    if (!this.list) return;
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd !== this.atEnd) this.host.requestUpdate();
    this.atEnd = atEnd;
  };

  private readonly onNewest = (): void => {
    this.toEnd();
    this.host.requestUpdate();
  };

  private row(call: Call, line: Line, before: Line | undefined): unknown {
    const name = (party: string): string => call.nameOf(party, this.options.self);
    if (line.kind === "note") return html`<li class="note">${remark(line.event, name)}</li>`;
    const { role } = call.party(line.party);
    const goesOn = before?.kind === "said" && before.party === line.party;
    const found = line.key === this.found;
    const looks = ["said", role, !line.final && "partial", goesOn && "goes-on", found && "found"];
    const who = name(line.party);
    const look = looks.filter(Boolean).join(" ");
    return guard([look, who, line.text, line.marks.length, this.query], () => html`
      <li class=${look}>
        <p class="who"><span class="name">${who}</span><time>${time(line.at)}</time></p>
        <p class="words">${marked(line, this.query)}</p>
        ${line.marks.length === 0 ? nothing
          : html`<p class="marks">${line.marks.map((mark) => mark.label).join(" · ")}</p>`}
      </li>`);
  }
}

function textOf(line: Line): string {
  return line.kind === "said" ? line.text.toLowerCase() : "";
}

/** The text with the marked parts as <mark>: cut at the first place of each. */
function marked(line: SaidLine, query: string): unknown[] {
  const { text, marks } = line;
  const places = marks.flatMap((mark) => mark.texts)
    .map((part) => ({ start: text.indexOf(part), length: part.length, look: "" }));
  if (query) {
    const start = text.toLowerCase().indexOf(query.toLowerCase());
    places.push({ start, length: query.length, look: "sought" });
  }
  const nodes: unknown[] = [];
  let done = 0;
  for (const { start, length, look } of places.sort((a, b) => a.start - b.start)) {
    if (start < done || length === 0) continue;
    nodes.push(text.slice(done, start), html`<mark class=${look}>${text.slice(start, start + length)}</mark>`);
    done = start + length;
  }
  return [...nodes, text.slice(done)];
}
