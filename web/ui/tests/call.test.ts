import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Call, callState } from "../src/model/call";
import { remark } from "../src/model/words";
import { Scene } from "./scene";

describe("a call as its events tell it", () => {
  it("counts a durable event once and goes on from the first hole", () => {
    const scene = new Scene();
    const applied = [1, 2, 2, 5, 4, 1].map((n) => [scene.say("note", n, { text: "x" }, n), scene.call.after]);
    expect(applied).toEqual([[true, 1], [true, 2], [false, 2], [true, 2], [true, 2], [false, 2]]);
  });

  it("has every number once, whatever comes twice and in whatever order", () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 });
    fc.assert(fc.property(numbers, (order) => {
      const call = new Call("c");
      const applied = order.filter((n) => call.apply({ call: "c", type: "note", at: 0, data: { text: "x" }, n }, 0));
      const all = new Set(order);
      expect([...applied].sort()).toEqual([...all].sort());
      let whole = 0;
      while (all.has(whole + 1)) whole += 1;
      expect(call.after).toBe(whole);
    }));
  });

  it("is the same after a break at any event, told again from where it stopped", () => {
    const speech = fc.array(fc.record({ text: fc.constantFrom("", "yes", "my arms"), gap: fc.nat(5) }), { minLength: 1, maxLength: 20 });
    fc.assert(fc.property(speech, fc.nat(20), (said, cut) => {
      let at = 0;
      const events = said.map(({ text, gap }, i) => {
        at += gap + 1;
        return { call: "c", type: "transcript.final", at, n: i + 1, data: { party: "customer", utterance: i + 1, text, start: at - 1, end: at } };
      });
      const [whole, broken] = [new Call("c"), new Call("c")];
      for (const event of events) whole.apply(event, 0);
      for (const event of events.slice(0, cut)) broken.apply(event, 0);
      for (const event of events.slice(Math.max(0, broken.after - 2))) broken.apply(event, 0);
      expect(broken.transcript.lines).toEqual(whole.transcript.lines);
    }));
  });

  it("turns a partial into its final in place", () => {
    const scene = new Scene();
    scene.partial(1, "my arms", 5, 6);
    const [line] = scene.call.transcript.lines;
    scene.final(2, "later", 8, 9);
    scene.final(1, "My arms are red.", 4.9, 7);
    scene.partial(1, "too late", 5, 7);
    const lines = scene.call.transcript.lines.map((l) => (l.kind === "said" ? [l.text, l.final, l === line] : []));
    expect(lines).toEqual([["My arms are red.", true, true], ["later", true, false]]);
  });

  it("says who took over, by the name that is known by then", () => {
    const scene = new Scene();
    scene.say("call.started", 0, { parties: [{ party: "agent", role: "agent" }], context: {} });
    scene.say("context.changed", 9, { context: { agent: { id: "ben" } } });
    scene.say("participant.changed", 9, { party: "agent", role: "agent" });
    const [line] = scene.call.transcript.lines;
    expect(line?.kind === "note" && remark(line.event, (party) => scene.call.nameOf(party))).toBe("ben took over");
  });

  it("takes the line of an empty final away for good", () => {
    const scene = new Scene();
    scene.partial(1, "thanks for watching", 5, 6);
    scene.final(1, "", 5, 6);
    scene.partial(1, "thanks", 5, 6);
    expect(scene.call.transcript.lines).toEqual([]);
  });

  it("interrupts nobody for the review tier", () => {
    const scene = new Scene();
    scene.signal("adverse_event", 3, {}, "review");
    scene.signal("self_harm", 4);
    expect(scene.call.signals.map(({ kind }) => kind)).toEqual(["self_harm"]);
  });

  it.each([
    ["delay", { seconds: 3.2 }, "delayed 3 s"],
    ["gap", { reason: "paused" }, "paused"],
    ["quality", { kind: "safety_detection_off" }, "safety detection off"],
    ["quality", { kind: "one_way_audio", party: "agent" }, "Your line is silent"],
    ["context.changed", { context: {}, consent: { analyse: false } }, "no consent"],
    ["call.ended", { duration: 5 }, "call over"],
    ["nothing.known", {}, "listening"],
  ])("says its state in a word: %s %o", (type, data, word) => {
    const scene = new Scene();
    scene.say("call.started", 0, { parties: ["agent", "customer"], context: {} });
    scene.say(type as "delay", 5, data);
    expect(callState(scene.call, "open", true).word).toBe(word);
  });

  it("says that safety detection is off until it is on for everybody", () => {
    const scene = new Scene();
    const words: string[] = [];
    const quality = (kind: string, party?: string): void => {
      scene.say("quality", 5, { kind, reason: "es", ...(party ? { party } : {}) });
      words.push(callState(scene.call, "open", true).word);
    };
    scene.say("call.started", 0, { parties: ["agent", "customer"], context: {} });
    quality("safety_detection_off", "customer");
    quality("safety_detection_off");
    quality("safety_detection_on", "customer");
    quality("safety_detection_on");
    const off = "safety detection off";
    expect(words).toEqual([off, off, off, "listening"]);
  });

  it.each([
    ["language.changed", { party: "customer", from: "en", to: "es", p: 0.9 }, "Spanish on customer’s line from here on"],
    ["language.changed", { party: "agent", to: "x" }, "x on your line from here on"],
    ["quality", { kind: "language_unsupported", reason: "de" }, "German is not supported"],
    ["quality", { kind: "language_unsupported" }, "This language is not supported"],
    ["quality", { kind: "safety_detection_off", party: "customer" }, "Safety detection off on customer’s line"],
    ["quality", { kind: "safety_detection_off" }, "Safety detection off"],
    ["quality", { kind: "safety_detection_on", party: "agent" }, "Safety detection on again on your line"],
    ["quality", { kind: "low_level" }, "A’s line is very quiet"],
  ])("remarks on %s %o", (type, data, words) => {
    const name = (party: string): string => (party === "agent" ? "You" : party);
    expect(remark({ call: "c", type, at: 1, data }, name)).toBe(words);
  });

  it.each([[["agent", "customer"], false], [[{ id: "line", role: "unknown" }], true]])(
    "knows one mixed channel: %o", (parties, mixed) => {
      const scene = new Scene();
      scene.say("call.started", 0, { parties });
      expect(scene.call.mixed).toBe(mixed);
    });

  it("names parties for who reads", () => {
    const scene = new Scene();
    scene.say("call.started", 0, { parties: ["agent"], context: { agent: { id: "ana" } } });
    expect([scene.call.nameOf("agent"), scene.call.nameOf("agent", true)]).toEqual(["ana", "You"]);
    const gap = { call: "c", type: "gap", at: 1, data: { party: "agent", seconds: 2 } };
    expect(remark(gap, (party) => scene.call.nameOf(party, true))).toBe("2.0 s of sound lost on your line");
  });
});
