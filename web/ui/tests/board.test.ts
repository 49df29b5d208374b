import { describe, expect, it } from "vitest";
import { need } from "../src/model/need";
import { TAKE } from "../src/model/desk";
import { Room, Scene } from "./scene";

describe("the board", () => {
  it("sorts by need, then by time", () => {
    const room = new Room();
    for (const call of ["4", "1", "2", "3", "5"]) room.start(call);
    room.alert("5", 6);
    room.alert("4", 3);
    room.alert("3", 8, "self_harm");
    expect(room.order()).toBe("34512");
    expect(room.board.counts()).toEqual({ live: 5, needing: 3, delayed: 0 });
  });

  it("puts a call that somebody took behind those that nobody has", () => {
    const room = new Room();
    for (const call of ["1", "2"]) room.start(call);
    room.alert("1", 3);
    room.alert("2", 4);
    room.say("1", "note", 5, { by: "sam", text: TAKE });
    expect(room.order()).toBe("21");
    expect(room.board.counts().needing).toBe(1);
  });

  it("moves no card while it is held", () => {
    const room = new Room();
    room.start("1");
    room.start("2");
    const before = room.order();
    room.alert("2", 3);
    room.start("0");
    room.say("1", "call.ended", 9, { duration: 9 });
    expect([before, room.order(true), room.order()]).toEqual(["12", "120", "20"]);
  });

  it("revives no card by what people add after the end", () => {
    const room = new Room();
    room.start("1");
    room.say("1", "call.ended", 9, { duration: 9 });
    room.order();
    room.say("1", "nudge.update", 9, { id: "a", state: "useful" });
    expect([room.order(), room.board.recent.length]).toEqual(["", 1]);
  });

  it("forgets a call that ended while the link was lost", () => {
    const room = new Room();
    room.start("1");
    room.start("2");
    room.order();
    room.board.reconnected();
    room.board.apply({ call: "2", type: "call.started", at: 0, n: 1, data: {} }, 0);
    room.board.forgetUnconfirmed();
    expect(room.order()).toBe("2");
  });

  it("counts a team's calls", () => {
    const room = new Room();
    room.start("1", "north");
    room.start("2", "south");
    expect([room.board.teams, room.board.counts("south").live]).toEqual([["north", "south"], 1]);
  });
});

describe("why a call needs somebody", () => {
  const why = (scene: Scene, clock: number): string => need(scene.call, clock).reason;

  it("is safety before tension before silence", () => {
    const scene = new Scene();
    scene.say("call.started", 0, { parties: ["agent", "customer"] });
    scene.final(1, "Hello.", 1, 2);
    expect([why(scene, 10), why(scene, 40)]).toEqual(["", "38 s of silence"]);
    for (let at = 2; at <= 40; at += 2) {
      scene.say("tone", at, { party: "customer", window: [at - 2, at], tension: at > 28 ? 0.7 : 0.1 });
    }
    expect(why(scene, 40)).toBe("More tense than before");
    scene.signal("adverse_event", 41);
    expect(why(scene, 41)).toBe("Possible adverse event");
    scene.say("case", 41, { id: "k", kind: "adverse_event", elements: {}, missing: ["event", "patient"] });
    expect(why(scene, 41)).toBe("Adverse event: 2 missing");
    scene.nudge("u", 42, { severity: "urgent", title: "He may be in danger." });
    expect(why(scene, 42)).toBe("He may be in danger.");
  });

  it("is not a voice that was always tense", () => {
    const scene = new Scene();
    for (let at = 2; at <= 60; at += 2) scene.say("tone", at, { party: "customer", tension: 0.7 });
    expect(scene.call.pace.rising("customer", 60)).toBe(false);
  });
});
