import { describe, expect, it } from "vitest";
import { Screen } from "../src/model/nudges";
import { Scene } from "./scene";

function stage(): { scene: Scene; screen: Screen; seen: (clock: number) => string | null } {
  const scene = new Scene();
  const screen = new Screen();
  return { scene, screen, seen: (clock) => screen.choose(scene.call.nudges, clock, clock * 1000)?.id ?? null };
}

describe("the one nudge on screen", () => {
  it("is the newest, and the one before while its moment lasts", () => {
    const { scene, seen } = stage();
    scene.nudge("a", 0);
    const before = seen(1);
    scene.nudge("b", 2);
    const after = seen(3);
    scene.say("nudge.update", 4, { id: "b", state: "done" });
    expect([before, after, seen(5), seen(30)]).toEqual(["a", "b", "a", null]);
  });

  it("is an urgent one until that is over, and takes no key meant for the one before", () => {
    const { scene, screen, seen } = stage();
    scene.nudge("a", 0);
    seen(1);
    scene.nudge("u", 2, { severity: "urgent" });
    const urgent = [seen(2), screen.takesKeys(2100), screen.takesKeys(3000)];
    scene.nudge("b", 3);
    const still = seen(3);
    scene.say("nudge.update", 4, { id: "u", state: "done" });
    expect([...urgent, still, seen(5)]).toEqual(["u", false, true, "u", "b"]);
  });

  it("leaves by itself, and the supervisor's never comes", () => {
    const { scene, seen } = stage();
    scene.nudge("a", 0);
    scene.nudge("s", 0, { audience: "supervisor" });
    expect([seen(29), seen(30), seen(40)]).toEqual(["a", null, null]);
  });

  it("stays settled when another screen only says that it is shown", () => {
    const { scene, seen } = stage();
    scene.nudge("a", 0);
    scene.say("nudge.update", 1, { id: "a", state: "done" });
    scene.say("nudge.update", 1, { id: "a", state: "shown" });
    scene.say("nudge.update", 1, { id: "nobody", state: "done" });
    expect(seen(2)).toBeNull();
  });

  it("stays without a time to leave at", () => {
    const { scene, seen } = stage();
    scene.nudge("a", 0, { expires: null });
    expect(seen(1e6)).toBe("a");
  });
});
