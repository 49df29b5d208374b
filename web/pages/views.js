// Pieces of a call that several pages show: its transcript, what was noticed, its nudges.

import { el, place, setText, show, sign } from "./dom.js";
import {
  SAFETY_KINDS, URGENT_KINDS, attributeWords, kindWords, nudgeStateWords, time,
} from "./words.js";

/** Within this many pixels of the end counts as being at it. */
const NEAR_END = 24;

/** The transcript: partials in place, following the end only for a reader who is at it. */
export class TranscriptView {
  constructor(root, { follow = true } = {}) {
    this.list = el("ol.lines", { tabIndex: 0, role: "log" });
    this.list.setAttribute("aria-live", "off");
    this.list.setAttribute("aria-label", "Transcript");
    this.newest = el("button.newest", { type: "button", hidden: true }, "Newest ↓");
    this.newest.onclick = () => this.toEnd();
    root.append(this.list, this.newest);
    this.rows = new Map();
    this.follow = follow;
    this.atEnd = true;
    this.list.onscroll = () => this.#scrolled();
    if (follow) new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.list);
  }

  update(call) {
    const { lines } = call.transcript;
    place(this.list, lines.map((line, i) => this.#row(call, line, lines[i - 1])));
    if (this.follow && this.atEnd) this.toEnd();
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.atEnd = true;
    show(this.newest, false);
  }

  /** Bring the line of a call second to the eye. */
  reveal(at) {
    const found = [...this.rows.values()].filter((row) => row.isConnected && row.at <= at + 0.05);
    const row = found.sort((a, b) => a.at - b.at).at(-1);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    this.atEnd = false;
    row.classList.remove("found");
    requestAnimationFrame(() => row.classList.add("found"));
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    show(this.newest, this.follow && !this.atEnd);
  }

  #row(call, line, before) {
    let row = this.rows.get(line.key);
    if (!row) {
      row = line.kind === "note" ? el("li.note", {}, "") : spokenRow();
      row.at = line.at;
      this.rows.set(line.key, row);
    }
    if (line.kind === "note") setText(row, line.text);
    else fillSpoken(row, call, line, before);
    return row;
  }
}

function spokenRow() {
  const row = el("li.said", {},
    el("p.who", {}, el("span.name", {}, ""), el("time", {}, "")), el("p.words", {}, ""),
    el("p.marks", { hidden: true }, ""));
  row.content = "";
  return row;
}

function fillSpoken(row, call, line, before) {
  const { role } = call.party(line.party);
  const [who, words, marks] = row.children;
  const same = before?.kind === "said" && before.party === line.party;
  const look = `said ${role}${line.final ? "" : " partial"}${same ? " goes-on" : ""}`;
  if (row.look !== look) row.className = row.look = look;
  setText(who.firstChild, call.nameOf(line.party));
  setText(who.lastChild, time(line.at));
  const content = `${line.text}\n${line.marks.map((mark) => mark.label).join("\n")}`;
  if (content === row.content) return;
  row.content = content;
  words.replaceChildren(...marked(line.text, line.marks.flatMap((mark) => mark.texts)));
  show(marks, line.marks.length > 0);
  setText(marks, line.marks.map((mark) => mark.label).join(" · "));
}

/** The text with the marked parts as <mark>: cut at the first place of each. */
function marked(text, parts) {
  const ranges = parts.map((part) => [text.indexOf(part), part.length])
    .filter(([start, length]) => start >= 0 && length > 0).sort((a, b) => a[0] - b[0]);
  const nodes = [];
  let done = 0;
  for (const [start, length] of ranges) {
    if (start < done) continue;
    nodes.push(text.slice(done, start), el("mark", {}, text.slice(start, start + length)));
    done = start + length;
  }
  nodes.push(text.slice(done));
  return nodes;
}

/** What was noticed, safety first, then newest first; a click shows the moment in the transcript. */
export class NoticedView {
  /** `leave`: kinds that this reader need not see while the call goes on. */
  constructor(root, { reveal, leave = [] }) {
    this.leave = new Set(leave);
    this.list = el("ul.noticed", {});
    root.append(this.list);
    this.root = root;
    this.reveal = reveal;
    this.count = -1;
  }

  update(call) {
    const signals = call.signals.filter(({ kind }) => !this.leave.has(kind));
    const count = signals.length + call.flags.length;
    show(this.root, count > 0);
    if (count === this.count) return;
    this.count = count;
    const flags = call.flags.map((flag) => ({
      kind: flag.kind, at: flag.at, quote: "", words: "Adverse event, noted by a person",
    }));
    const items = [...signals, ...flags].sort((a, b) => safety(b) - safety(a) || b.at - a.at);
    this.list.replaceChildren(...items.map((item) => this.#row(item)));
    this.list.scrollTop = 0;
  }

  #row(item) {
    const urgent = URGENT_KINDS.has(item.kind);
    const more = attributeWords(item.attributes);
    const button = el("button.notice", { type: "button", title: item.quote },
      safety(item) ? sign(urgent ? "urgent" : "attention") : el("span.sign.plain", {}),
      el("span.kind", {}, item.words ?? kindWords(item.kind), more && el("small", {}, ` ${more}`)),
      el("time", {}, time(item.at)),
      item.quote && el("q.quote", {}, item.quote));
    button.onclick = () => this.reveal(item.at);
    return el("li", {}, button);
  }
}

function safety(item) {
  return Number(SAFETY_KINDS.has(item.kind));
}

/** Every nudge of a call with what became of it: the supervisor's and the record's view. */
export class NudgeListView {
  constructor(root) {
    this.root = root;
    this.list = el("ol.nudges", {});
    root.append(this.list);
    this.shown = "";
  }

  update(call, now = performance.now()) {
    const clock = call.clock(now);
    const items = call.nudges.list().sort((a, b) => b.at - a.at)
      .map((item) => ({ ...item, words: stateAt(item, clock, call.ended) }));
    show(this.root, items.length > 0);
    const shown = items.map((item) => `${item.id} ${item.words}`).join("\n");
    if (shown === this.shown) return;
    this.shown = shown;
    this.list.replaceChildren(...items.map(nudgeRow));
  }
}

function stateAt(item, clock, ended) {
  const open = item.state === "open" || item.state === "shown";
  return nudgeStateWords(open && (ended || clock >= item.expires) ? "expired" : item.state);
}

function nudgeRow(item) {
  const urgent = item.severity === "urgent";
  return el(`li.nudge-row${urgent ? ".urgent" : ""}`, {},
    el("p.title", {}, urgent && sign("urgent"), item.title),
    item.phrases?.[0] && el("p.phrase", {}, quoted(item.phrases[0])),
    el("p.state", {}, `${time(item.at)} · ${item.words}`));
}

/** The words to say, in quotation marks, whether or not they came in some. */
export function quoted(text) {
  return `“${text.replace(/^["“”']+|["“”']+$/g, "")}”`;
}
