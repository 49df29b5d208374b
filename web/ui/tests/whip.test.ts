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
  let answering: (init: RequestInit) => Promise<void>;

  beforeEach(() => {
    answering = async () => {};
    vi.useFakeTimers();
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("location", { href: "http://server/softphone" });
    vi.stubGlobal("RTCPeerConnection", Connection);
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      asked.push(`${init.method} ${new URL(url).pathname}${new URL(url).search}`);
      await answering(init);
      const headers = { location: `http://server/session/s${asked.length}` };
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
    expect(asked).toEqual(["POST /v1/media/whip/c/agent", "POST /v1/media/whip/c/agent?resume=s1"]);
    sender.close();
  });

  it("closes the old line once the new one is answered, and no sooner", async () => {
    const sender = whip();
    await vi.advanceTimersByTimeAsync(0);
    let answer = (): void => {};
    answering = () => new Promise((resolve) => { answer = resolve; });
    Connection.made[0]!.become("failed");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toHaveLength(2);
    expect(Connection.made[0]!.closed).toBe(false);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(Connection.made.map(({ closed }) => closed)).toEqual([true, false]);
    sender.close();
  });

  it("takes back what an offer that was never answered may have got", async () => {
    const unanswered = new AbortController();
    vi.spyOn(AbortSignal, "timeout").mockReturnValue(unanswered.signal);
    answering = ({ signal }) => new Promise((_, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
    const sender = whip();
    await vi.advanceTimersByTimeAsync(0);
    unanswered.abort();
    answering = async () => {};
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked[1]).toBe("POST /v1/media/whip/c/agent?resume=true");
    sender.close();
    vi.restoreAllMocks();
  });

  it("that is closed before it has offered anything asks for no session", async () => {
    whip().close();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked).toEqual([]);
    expect(Connection.made[0]!.closed).toBe(true);
  });
});
