import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Whip } from "../src/link/whip";

/** A connection whose state the test decides. */
class Connection {
  static made: Connection[] = [];
  connectionState = "new";
  closed = false;
  onconnectionstatechange: () => void = () => {};
  constructor() {
    Connection.made.push(this);
  }
  addTransceiver(): void {}
  setConfiguration(): void {}
  async createOffer(): Promise<object> {
    return { sdp: "offer" };
  }
  async setLocalDescription(): Promise<void> {}
  async setRemoteDescription(): Promise<void> {}
  close(): void {
    this.closed = true;
  }
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange();
  }
}

describe("a WHIP sender", () => {
  const asked: string[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("location", { href: "http://server/softphone" });
    vi.stubGlobal("RTCPeerConnection", Connection);
    vi.stubGlobal("fetch", async (url: string, { method }: RequestInit) => {
      asked.push(`${method} ${new URL(url).pathname}${new URL(url).search}`);
      const headers = { location: `http://server/session/${asked.length}` };
      return Object.defineProperty(new Response("answer", { headers }), "url", { value: url });
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    asked.splice(0);
    Connection.made.splice(0);
  });

  const whip = (): Whip => new Whip({
    call: "c", party: "agent", token: "", base: "http://server", onState: () => {},
    track: {} as MediaStreamTrack,
  });

  it("takes the party over from a session on which nothing ever got through", async () => {
    const sender = whip();
    await vi.advanceTimersByTimeAsync(0);
    Connection.made[0]!.become("failed");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toEqual(["POST /v1/media/whip/c/agent", "POST /v1/media/whip/c/agent?resume=true"]);
    sender.close();
  });

  it("that is closed before it has offered anything asks for no session", async () => {
    whip().close();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toEqual([]);
    expect(Connection.made[0]!.closed).toBe(true);
  });
});
