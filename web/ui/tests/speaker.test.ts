import { afterEach, describe, expect, it, vi } from "vitest";
import { NoSound } from "../src/link/sound";
import type { Sound } from "../src/link/sound";
import { Speaker } from "../src/link/speaker";

const whips = vi.hoisted(() => [] as { tracks: unknown[]; closed: boolean }[]);

vi.mock("../src/link/whip", () => ({
  Whip: class {
    tracks: unknown[];
    closed = false;
    constructor({ track }: { track: unknown }) {
      this.tracks = [track];
      whips.push(this);
    }
    replace(track: unknown): void {
      this.tracks.push(track);
    }
    close(): void {
      this.closed = true;
    }
  },
}));

/** Sound that somebody has yet to allow, or to refuse. */
function asked(): { source: () => Promise<Sound>; allow: () => void; refuse: () => void; track: object; closed: () => boolean } {
  const track = { enabled: true, readyState: "live" };
  let closed = false;
  const sound = { track, level: () => 0, close: () => { closed = true; } } as unknown as Sound;
  let allow = (): void => {};
  let refuse = (): void => {};
  const promise = new Promise<Sound>((resolve, reject) => {
    allow = () => resolve(sound);
    refuse = () => reject(new NoSound("No."));
  });
  return { source: () => promise, allow, refuse, track, closed: () => closed };
}

function speaker(): Speaker {
  return new Speaker({ call: "c", token: "", base: "", onChange: () => {} });
}

describe("a speaker", () => {
  afterEach(() => void whips.splice(0));

  it("that is stopped while the person is asked sends nothing", async () => {
    const [mine, sound] = [speaker(), asked()];
    const speaks = mine.speak("agent", sound.source);
    mine.stop("The call is over.");
    expect(mine.asking).toBe(false);
    sound.allow();
    await speaks;
    expect([mine.on, sound.closed(), whips.length]).toEqual([false, true, 0]);
    expect(mine.trouble).toBe("The call is over.");
  });

  it("sends what it was asked for last, whichever comes first", async () => {
    const [mine, first, last] = [speaker(), asked(), asked()];
    const speaks = [mine.speak("agent", first.source), mine.speak("agent", last.source)];
    last.allow();
    await speaks[1];
    first.allow();
    await speaks[0];
    expect(whips.map(({ tracks }) => tracks)).toEqual([[last.track]]);
    expect([first.closed(), last.closed(), mine.asking]).toEqual([true, false, false]);
  });

  it("says why there is no sound, unless other sound was asked for", async () => {
    const [mine, first, last] = [speaker(), asked(), asked()];
    const speaks = [mine.speak("agent", first.source), mine.speak("agent", last.source)];
    first.refuse();
    await speaks[0];
    expect([mine.trouble, mine.asking]).toEqual(["", true]);
    last.refuse();
    await speaks[1];
    expect([mine.trouble, mine.asking]).toEqual(["No.", false]);
  });
});
