import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iceServers } from "../src/link/whip";
import { Call } from "../src/model/call";
import { Loss, lossWords } from "../src/model/loss";
import { phoneState } from "../src/model/phone";
import type { Sending } from "../src/model/phone";

describe("what gets lost on the way", () => {
  it("is the share of the last ten seconds", () => {
    const loss = new Loss();
    for (let second = 0; second <= 30; second += 1) {
      loss.add(second * 1000, second * 50, Math.min(second, 20) * 5);
      if (second === 20) expect(loss.share).toBeCloseTo(0.1);
    }
    expect(loss.share).toBe(0);
  });

  it("counts anew with another session, and is never below 0 or above 1", () => {
    const counts = fc.array(fc.tuple(fc.nat(3000), fc.nat(500), fc.integer({ min: -20, max: 500 })));
    fc.assert(fc.property(counts, (steps) => {
      const loss = new Loss();
      let at = 0;
      for (const [ms, sent, lost] of steps) {
        at += ms;
        loss.add(at, sent, lost);
        expect(loss.share ?? 0).toBeGreaterThanOrEqual(0);
        expect(loss.share ?? 0).toBeLessThanOrEqual(1);
      }
    }));
  });

  it("is told in words", () => {
    expect([null, 0, 0.004, 0.01, 0.2].map(lossWords)).toEqual(["", "nothing lost on the way",
      "under 1 % lost on the way", "1 % lost on the way", "20 % lost on the way"]);
  });
});

describe("the state of a softphone", () => {
  const voice = (state: Sending): { whip: { state: Sending } } => ({ whip: { state } });

  it("is the worst of its voices, and else the call's", () => {
    const call = new Call("c");
    expect(phoneState(call, "open", null, { whip: null }).word).toBe("not calling");
    expect(phoneState(call, "open", voice("sending"), voice("connecting")).word).toBe("connecting");
    expect(phoneState(call, "open", voice("connecting"), voice("offline")).word).toBe("reconnecting");
    call.apply({ call: "c", type: "call.started", at: 0, n: 1, data: { parties: [] } });
    expect(phoneState(call, "open", voice("sending"), null).word).toBe("listening");
    call.apply({ call: "c", type: "call.ended", at: 9, n: 2, data: { duration: 9 } });
    expect(phoneState(call, "open", voice("offline"), null).word).toBe("call over");
  });
});

describe("servers of a Link header", () => {
  it("are read with their names and passwords", () => {
    const link = '<stun:ice.example>; rel="ice-server", <turn:ice.example?transport=udp>; rel="ice-server"; '
      + 'username="coach"; credential="a\\"b, c"; credential-type="password", </terms>; rel="license"';
    expect(iceServers(link)).toEqual([{ urls: "stun:ice.example" },
      { urls: "turn:ice.example?transport=udp", username: "coach", credential: 'a"b, c' }]);
    expect(iceServers("")).toEqual([]);
  });
});
