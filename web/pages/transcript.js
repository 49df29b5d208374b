// The lines of a call, in order of their start. A partial becomes its final in place.

/** Lines: {key, kind: "said" | "note", party, text, final, at, end, marks}. */
export class Transcript {
  constructor() {
    this.lines = [];
    this.byKey = new Map();
  }

  /** The newest reading of an open utterance. One that is already final is not reopened. */
  partial(data) {
    const line = this.byKey.get(keyOf(data));
    if (line?.final || (!line && !data.text)) return;
    this.#said(data, false);
  }

  /** What was said. An empty text takes the line away: nothing was said after all. */
  final(data) {
    const key = keyOf(data);
    if (data.text) {
      this.#said(data, true);
      return;
    }
    const at = this.lines.indexOf(this.byKey.get(key));
    if (at >= 0) this.lines.splice(at, 1);
    // Remembered as final, so that a late partial does not bring the line back.
    this.byKey.set(key, { key, final: true });
  }

  note(key, at, text) {
    this.#insert({ key, kind: "note", party: "", text, final: true, at, end: at, marks: [] });
  }

  /** Mark what a signal saw in the line it was said in. */
  mark(party, evidence, label) {
    const line = this.lines.findLast((candidate) => candidate.kind === "said"
      && candidate.party === party
      && candidate.at <= (evidence.end ?? evidence.start) && candidate.end >= evidence.start);
    if (!line || line.marks.some((mark) => mark.label === label)) return;
    const inner = (evidence.spans ?? []).map((span) => span.text);
    const whole = evidence.text && evidence.text.length < line.text.length ? [evidence.text] : [];
    line.marks.push({ label, texts: whole.length ? whole : inner });
  }

  /** The last thing said, by anyone. */
  get last() {
    return this.lines.findLast((line) => line.kind === "said");
  }

  #said(data, final) {
    const key = keyOf(data);
    const line = this.byKey.get(key);
    if (line) {
      // Its place stays, even where the final starts a little earlier: nothing jumps.
      Object.assign(line, { text: data.text, final, end: data.end });
      return;
    }
    const { party, text, start, end } = data;
    this.#insert({ key, kind: "said", party, text, final, at: start, end, marks: [] });
  }

  #insert(line) {
    let place = this.lines.length;
    while (place > 0 && this.lines[place - 1].at > line.at) place -= 1;
    this.lines.splice(place, 0, line);
    this.byKey.set(line.key, line);
  }
}

function keyOf(data) {
  return `${data.party}/${data.utterance}`;
}
