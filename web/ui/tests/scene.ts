/** What the tests of the models say to them. */

import { Board } from "../src/model/board";
import { Call } from "../src/model/call";
import type { NudgeData, WireType } from "../src/model/wire";

/** A call and a way to tell it events; `n` null: an ephemeral one. */
export class Scene {
  readonly call = new Call("c");
  private n = 0;

  say(type: WireType | "note", at: number, data: object = {}, n: number | null = this.n + 1): boolean {
    if (n !== null) this.n = Math.max(this.n, n);
    const numbered = n === null ? {} : { n };
    return this.call.apply({ call: "c", type, at, ts: "", data: { ...data }, ...numbered }, at * 1000);
  }

  partial(utterance: number, text: string, start: number, end: number, party = "customer"): void {
    this.say("transcript.partial", end, { party, utterance, text, start, end }, null);
  }

  final(utterance: number, text: string, start: number, end: number, party = "customer"): void {
    this.say("transcript.final", end, { party, utterance, text, start, end });
  }

  signal(kind: string, at: number, attributes: object = {}, tier = "live", party = "customer"): void {
    this.say("signal", at, { kind, tier, party, attributes, evidence: { text: `${kind} ${at}`, start: at, end: at } });
  }

  nudge(id: string, at: number, more: Partial<NudgeData> = {}): void {
    this.say("nudge", at, { id, title: id, expires: at + 30, ...more });
  }
}

/** A board and a way to tell it events of calls named by a digit, which is their start too. */
export class Room {
  readonly board = new Board();
  private readonly numbers = new Map<string, number>();

  say(call: string, type: WireType, at = 1, data: object = {}): void {
    const n = (this.numbers.get(call) ?? 0) + 1;
    this.numbers.set(call, n);
    const ts = `2026-11-22T04:00:0${at}Z`;
    this.board.apply({ call, type, at, ts, n, data: { ...data } }, 0);
  }

  start(call: string, team = ""): void {
    const context = team ? { agent: { team } } : {};
    this.say(call, "call.started", 0, { started: `2026-11-22T04:00:0${call}Z`, context });
  }

  alert(call: string, at: number, kind = "adverse_event"): void {
    this.say(call, "signal", at, { kind, tier: "live", party: "customer", evidence: { text: "a rash", start: 1, end: 2 } });
  }

  order(held = false): string {
    return this.board.arrange(held, 0).map((call) => call.id).join("");
  }
}
