import { describe, expect, it } from "vitest";
import { GIVE_BACK, TAKE } from "../src/model/desk";
import { REMEMBERED } from "../src/model/memory";
import { Scene } from "./scene";

describe("what to remember", () => {
  const shown = (scene: Scene, now: number): string[] => scene.call.memory.list(now)
    .map(({ label, text, doubtful }) => `${label}: ${text}${doubtful ? "?" : ""}`);

  it("is the newest five, newest first", () => {
    const scene = new Scene();
    for (let at = 1; at <= 7; at += 1) scene.signal("key_fact", at, { type: "dose", value: `${at} mg` });
    expect(shown(scene, 10)).toHaveLength(REMEMBERED);
    expect(shown(scene, 10)[0]).toBe("Dose: 7 mg");
  });

  it("doubts what was heard with doubt until it is read back", () => {
    const scene = new Scene();
    scene.signal("key_fact", 1, { type: "lot", value: "B47", doubtful: true });
    expect(shown(scene, 2)).toEqual(["Lot: B47?"]);
    scene.signal("read_back", 3, { type: "lot", value: "D47" });
    expect(shown(scene, 4)).toEqual(["Lot: D47"]);
  });

  it("leaves other doubts when a sure fact is read back", () => {
    const scene = new Scene();
    scene.signal("key_fact", 1, { type: "dose", value: "40 mg" });
    scene.signal("key_fact", 2, { type: "dose", value: "14 mg", doubtful: true });
    scene.signal("read_back", 3, { type: "dose", value: "40 mg" });
    expect(shown(scene, 4)).toEqual(["Dose: 14 mg?", "Dose: 40 mg"]);
  });

  it("keeps a question while it is open", () => {
    const scene = new Scene();
    scene.signal("question", 1, { topic: "storage" });
    scene.signal("question", 2, { topic: "the dose" });
    scene.signal("unanswered_question", 20, { topic: "storage" });
    expect(shown(scene, 21)).toEqual(["Not answered yet: storage", "Asked: the dose"]);
    expect(shown(scene, 90)).toEqual(["Not answered yet: storage"]);
  });

  it("keeps promises with their time, and nothing of nothing", () => {
    const scene = new Scene();
    scene.signal("promise", 1, { what: "call you back", when: "Tuesday" });
    scene.signal("promise", 2, { what: "", when: "" });
    scene.signal("key_fact", 2, {});
    expect(shown(scene, 3)).toEqual(["Promised: call you back, Tuesday"]);
  });
});

describe("the checklist", () => {
  it("shows due before open, and a tick for a while", () => {
    const scene = new Scene();
    const items = (recap: string): object => ({ items: [
      { id: "a", text: "Notice", state: "done" }, { id: "b", text: "Recap", state: recap },
      { id: "c", text: "Identity", state: "due" }, { id: "d", text: "Late", state: "missed" },
    ] });
    scene.say("checklist", 5, items("open"));
    const texts = (now: number): string[] => scene.call.checklist.visible(now).map(({ text }) => text);
    expect(texts(6)).toEqual(["Identity", "Recap", "Notice"]);
    scene.say("checklist", 20, items("done"));
    expect(texts(21)).toEqual(["Identity", "Recap"]);
    expect(texts(60)).toEqual(["Identity"]);
    expect(scene.call.checklist.left.map(({ id }) => id)).toEqual(["c", "d"]);
  });
});

describe("a safety case", () => {
  it("shows what was told before what is missing, and the newest of each", () => {
    const scene = new Scene();
    const told = { state: "volunteered", at: 3, text: "a rash" };
    scene.say("case", 3, { id: "k", kind: "adverse_event", elements: { event: told, reporter: { state: "not_asked" } }, missing: ["product", "reporter"] });
    const chips = (): string[] => scene.call.cases.list()[0]?.chips.map((c) => `${c.told ? "+" : "-"}${c.name}`) ?? [];
    expect(chips()).toEqual(["+event", "-product", "-reporter"]);
    scene.say("case", 9, { id: "k", kind: "adverse_event", elements: { event: told, reporter: told, product: told }, missing: [] });
    expect(chips()).toEqual(["+product", "+event", "+reporter"]);
    scene.say("case", 9, { id: "k", kind: "adverse_event", state: "dismissed" });
    expect(scene.call.cases.list()).toEqual([]);
  });
});

describe("messages and notes", () => {
  it("shows a message until it is put away or old", () => {
    const scene = new Scene();
    scene.say("message", 5, { from: "supervisor", text: "Stay." });
    scene.say("message", 6, { from: "agent", text: "Help." });
    const [message] = scene.call.desk.unread(7);
    expect(message?.text).toBe("Stay.");
    expect(scene.call.desk.unread(1000)).toEqual([]);
    scene.call.desk.putAway(message?.id ?? "");
    expect(scene.call.desk.unread(7)).toEqual([]);
  });

  it("knows who is on a call", () => {
    const scene = new Scene();
    scene.say("note", 5, { from: "supervisor", by: "sam", text: TAKE });
    scene.say("note", 6, { from: "supervisor", by: "sam", text: "Ask for the lot." });
    expect([scene.call.desk.takenBy, scene.call.desk.notes.length]).toEqual(["sam", 1]);
    scene.say("note", 7, { from: "supervisor", by: "sam", text: GIVE_BACK });
    expect(scene.call.desk.takenBy).toBe("");
  });
});
