/** Sound that this browser can get at: a microphone, or what another tab plays. */

/** What is quieter counts as nothing, and what is louder as all: dB of full scale, root mean square. */
const QUIETEST_DB = -60;
const LOUDEST_DB = -10;
/** Samples that a level is taken over: 43 ms at 48 kHz. */
const SAMPLES = 2048;

/** Why there is no sound, and what to do about it. */
export class NoSound extends Error {}

export class Sound {
  private readonly context = new AudioContext();
  private readonly analyser = new AnalyserNode(this.context, { fftSize: SAMPLES });
  private readonly samples = new Float32Array(SAMPLES);

  private constructor(readonly track: MediaStreamTrack, onEnd: () => void) {
    this.context.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
    track.addEventListener("ended", onEnd);
  }

  /** `device`: its id, "" for the browser's choice. `onEnd`: it was unplugged, or its use ended.
   * Raises NoSound. */
  static async microphone(device: string, onEnd: () => void): Promise<Sound> {
    const audio = { channelCount: 1, ...(device ? { deviceId: { exact: device } } : {}) };
    const stream = await asked(() => devices().getUserMedia({ audio }), MICROPHONE);
    return new Sound(stream.getAudioTracks()[0]!, onEnd);
  }

  /** What a tab plays, as the person chooses it in the browser's own dialogue. Raises NoSound. */
  static async tab(onEnd: () => void): Promise<Sound> {
    // As it is played: what cleans up a microphone would take from a voice that is clean already.
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await asked(() => devices().getDisplayMedia({ audio, video: true }), TAB);
    // Browsers share sound only beside a picture, which nobody here looks at.
    for (const picture of stream.getVideoTracks()) picture.stop();
    const [track] = stream.getAudioTracks();
    if (!track) throw new NoSound("That came without sound. Choose a tab, and tick “Also share tab audio”.");
    return new Sound(track, onEnd);
  }

  /** How loud it is now: 0 is silence, 1 is as loud as speech gets. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
    const db = 10 * Math.log10(power + Number.EPSILON);
    return Math.min(1, Math.max(0, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)));
  }

  close(): void {
    this.track.stop();
    void this.context.close();
  }
}

/** Microphones by name; without names until the person has let one be used. */
export async function microphones(): Promise<MediaDeviceInfo[]> {
  const found = await navigator.mediaDevices?.enumerateDevices() ?? [];
  return found.filter(({ kind }) => kind === "audioinput");
}

function devices(): MediaDevices {
  if (navigator.mediaDevices) return navigator.mediaDevices;
  throw new NoSound("Browsers give sound to secure pages alone: open this one by https, or as localhost.");
}

const MICROPHONE: Record<string, string> = {
  NotAllowedError: "The browser may not use the microphone. Allow it in the address bar, and try again.",
  NotFoundError: "There is no microphone. Plug one in, and try again.",
  OverconstrainedError: "That microphone is gone. Choose another.",
  NotReadableError: "The microphone is in use elsewhere. Close what uses it, and try again.",
};
const TAB: Record<string, string> = {
  NotAllowedError: "No tab was shared.",
  NotSupportedError: "This browser cannot share a tab’s sound. Chrome and Edge can.",
};

async function asked(ask: () => Promise<MediaStream>, words: Record<string, string>): Promise<MediaStream> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new NoSound(words[error.name] ?? `The browser gave no sound: ${error.message}`);
  }
}
