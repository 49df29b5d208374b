/** A party whom this page gives a voice: sound from here, and its way to the server. */

import { NoSound } from "./sound";
import type { Sound } from "./sound";
import { Whip } from "./whip";

/** Quieter than this is no voice. */
const VOICE_LEVEL = 0.15;
/** Sound that begins with so long a silence may come from the wrong microphone. */
const SILENT_MS = 8_000;

export interface SpeakerOptions {
  call: string;
  token: string;
  base: string;
  onChange: () => void;
}

export class Speaker {
  sound: Sound | null = null;
  whip: Whip | null = null;
  muted = false;
  asking = false;
  /** What is wrong, in words; "": nothing. */
  trouble = "";
  /** How often it was asked to speak, or told to stop. */
  private turn = 0;
  private begunAt = 0;
  private voiced = false;

  constructor(private readonly options: SpeakerOptions) {}

  get on(): boolean {
    return this.whip !== null;
  }

  /** Send the sound that `source` gives, in place of what was sent before. It may take as long as a
   * person needs to allow it: who was stopped meanwhile, or asked for other sound, does not use it. */
  async speak(party: string, source: () => Promise<Sound>): Promise<void> {
    const turn = ++this.turn;
    this.trouble = "";
    this.asking = true;
    this.options.onChange();
    try {
      const sound = await source();
      if (turn !== this.turn) return sound.close();
      await this.take(party, sound);
    } catch (error) {
      if (!(error instanceof NoSound)) throw error;
      if (turn === this.turn) this.fail(error.message);
    } finally {
      if (turn === this.turn) this.asking = false;
      this.options.onChange();
    }
  }

  private fail(trouble: string): void {
    if (this.sound?.track.readyState === "ended") this.stop();
    this.trouble = trouble;
  }

  private async take(party: string, sound: Sound): Promise<void> {
    this.sound?.close();
    this.sound = sound;
    this.begunAt = performance.now();
    this.voiced = false;
    sound.track.enabled = !this.muted;
    if (this.whip) return this.whip.replace(sound.track);
    const { call, token, base } = this.options;
    const onState = (): void => this.told();
    this.whip = new Whip({ call, party, token, base, track: sound.track, onState });
  }

  private told(): void {
    if (this.whip?.state === "refused") this.stop(this.whip.refusal);
    else this.options.onChange();
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.sound) this.sound.track.enabled = !muted;
    this.options.onChange();
  }

  stop(trouble = ""): void {
    this.turn += 1;
    this.asking = false;
    this.whip?.close();
    this.sound?.close();
    this.whip = this.sound = null;
    this.muted = false;
    this.trouble = trouble;
    this.options.onChange();
  }

  /** 0 to 1. */
  level(): number {
    const level = this.sound && !this.muted ? this.sound.level() : 0;
    this.voiced ||= level > VOICE_LEVEL;
    return level;
  }

  /** Nothing was heard from it ever. */
  get silent(): boolean {
    return this.on && !this.muted && !this.voiced && performance.now() - this.begunAt > SILENT_MS;
  }
}
