/** The lines of a call, in order of their start. A partial becomes its final in place. */

import type { CallEvent, Evidence, Said } from "./wire";

export interface Mark {
  label: string;
  texts: string[];
}

export interface SaidLine {
  kind: "said";
  key: string;
  party: string;
  text: string;
  final: boolean;
  at: number;
  end: number;
  marks: Mark[];
}

/** Something about the call itself; put into words where it is shown, for whoever reads it. */
export interface NoteLine {
  kind: "note";
  key: string;
  at: number;
  event: CallEvent;
}

export type Line = SaidLine | NoteLine;

export class Transcript {
  readonly lines: Line[] = [];
  private readonly said = new Map<string, SaidLine>();
  /** Finals without words, so that a late partial does not bring the line back. */
  private readonly gone = new Set<string>();

  /** The newest reading of an open utterance. One that is already final is not reopened. */
  partial(data: Said): void {
    const key = keyOf(data);
    const line = this.said.get(key);
    if (line?.final || this.gone.has(key) || (!line && !data.text)) return;
    this.put(data, false);
  }

  /** What was said. An empty text takes the line away: nothing was said after all. */
  final(data: Said): void {
    if (data.text) {
      this.put(data, true);
      return;
    }
    const key = keyOf(data);
    const line = this.said.get(key);
    if (line) this.lines.splice(this.lines.indexOf(line), 1);
    this.said.delete(key);
    this.gone.add(key);
  }

  note(key: string, at: number, event: CallEvent): void {
    this.insert({ kind: "note", key, at, event });
  }

  /** Mark what a signal saw in the line it was said in. */
  mark(party: string, evidence: Evidence, label: string): void {
    const { start, text } = evidence;
    if (start === undefined) return;
    const line = this.lines.findLast((candidate): candidate is SaidLine =>
      candidate.kind === "said" && candidate.party === party
      && candidate.at <= (evidence.end ?? start) && candidate.end >= start);
    if (!line || line.marks.some((mark) => mark.label === label)) return;
    const inner = (evidence.spans ?? []).map((span) => span.text);
    const part = text && text.length < line.text.length ? [text] : [];
    line.marks.push({ label, texts: part.length ? part : inner });
  }

  /** The last thing said, by anyone. */
  get last(): SaidLine | undefined {
    return this.lines.findLast((line): line is SaidLine => line.kind === "said");
  }

  private put(data: Said, final: boolean): void {
    const key = keyOf(data);
    const line = this.said.get(key);
    if (line) {
      // Its place stays, even where the final starts a little earlier: nothing jumps.
      Object.assign(line, { text: data.text, final, end: data.end });
      return;
    }
    const { party, text, start, end } = data;
    const made: SaidLine = { kind: "said", key, party, text, final, at: start, end, marks: [] };
    this.said.set(key, made);
    this.insert(made);
  }

  private insert(line: Line): void {
    const before = this.lines.findLastIndex((other) => other.at <= line.at);
    this.lines.splice(before + 1, 0, line);
  }
}

function keyOf(data: Said): string {
  return `${data.party}/${data.utterance}`;
}
