/**
 * One speaker's sound on its way to the server by WHIP (RFC 9725).
 *
 * It comes back by itself: a connection that broke is replaced by a new session, which takes the
 * party over from the old one.
 */

import { Loss } from "../model/loss";
import type { Sending } from "../model/phone";
import { Refused, bearer, pageUrl, refused } from "./access";

/** A connection is given this long to mend itself before another is made. */
const MEND_MS = 3_000;
const RETRY_MS = 1_000;
/** The server's Retry-After is kept to, up to this. */
const RETRY_CAP_MS = 30_000;
const STATS_MS = 1_000;
/** An offer that nobody answered for so long is made again. */
const ANSWER_MS = 10_000;

export interface WhipOptions {
  call: string;
  party: string;
  track: MediaStreamTrack;
  token: string;
  base: string;
  onState: () => void;
}

interface Answer {
  sdp: string;
  servers: RTCIceServer[];
  session: string;
}

export class Whip {
  state: Sending = "connecting";
  refusal = "";
  readonly loss = new Loss();
  private connection: RTCPeerConnection | null = null;
  private track: MediaStreamTrack;
  /** The newest session's address; "": the server has given none. */
  private session = "";
  /** An offer went out whose answer did not come: the server may have a session of ours. */
  private unsure = false;
  private retry = 0;
  private readonly watch: number;

  constructor(private readonly options: WhipOptions) {
    this.track = options.track;
    this.watch = window.setInterval(() => void this.look(), STATS_MS);
    void this.open();
  }

  /** Send another track from now on. */
  async replace(track: MediaStreamTrack): Promise<void> {
    this.track = track;
    await this.connection?.getSenders()[0]?.replaceTrack(track);
  }

  /** Hang up. Also works while the page is going away. */
  close(): void {
    if (this.state === "closed") return;
    clearInterval(this.watch);
    clearTimeout(this.retry);
    const { connection } = this;
    this.connection = null;
    // First the word, then the line: the server takes a line that closes for one that was lost.
    void this.end(this.session).then(() => connection?.close());
    this.set("closed");
  }

  private async open(): Promise<void> {
    clearTimeout(this.retry);
    const before = this.connection;
    const connection = new RTCPeerConnection();
    this.connection = connection;
    connection.addTransceiver(this.track, { direction: "sendonly" });
    connection.onconnectionstatechange = () => this.changed(connection);
    try {
      // The offer leaves without our addresses: the server meets us as we come. So the call begins
      // sooner, and by the servers that the answer names.
      const offer = await connection.createOffer();
      if (this.connection !== connection) return;
      const answer = await this.offer(offer.sdp ?? "");
      if (this.connection !== connection) {
        connection.close();
        return await this.end(answer.session);
      }
      this.session = answer.session;
      connection.setConfiguration({ iceServers: answer.servers });
      await connection.setLocalDescription(offer);
      await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch (error) {
      if (this.connection === connection) this.failed(error);
    } finally {
      // Only now: the server takes a line that closes before for a sender that has left.
      before?.close();
    }
  }

  private async offer(sdp: string): Promise<Answer> {
    const { call, party, token, base } = this.options;
    const path = `/v1/media/whip/${encodeURIComponent(call)}/${encodeURIComponent(party)}`;
    // The server may not have missed the session before, also where nothing got through on it.
    const resume = this.unsure ? "?resume=true" : this.session && `?resume=${name(this.session)}`;
    this.unsure = true;
    const response = await fetch(pageUrl(path + resume, base), {
      method: "POST", body: sdp, headers: { ...bearer(token), "content-type": "application/sdp" },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    this.unsure = false;
    if (response.status === 503) throw new Later(Number(response.headers.get("retry-after")) * 1000);
    if (!response.ok) throw await refused(response);
    return {
      sdp: await response.text(),
      servers: iceServers(response.headers.get("link") ?? ""),
      session: new URL(response.headers.get("location") ?? "", response.url).href,
    };
  }

  private failed(error: unknown): void {
    if (error instanceof Refused && error.status < 500) {
      this.refusal = error.message;
      this.drop();
      this.set("refused");
      return;
    }
    this.again(error instanceof Later ? error.ms : RETRY_MS);
  }

  private changed(connection: RTCPeerConnection): void {
    if (this.connection !== connection) return;
    switch (connection.connectionState) {
      case "connected":
        clearTimeout(this.retry);
        return this.set("sending");
      case "disconnected": return this.again(MEND_MS);
      case "failed": case "closed": return this.again(RETRY_MS);
    }
  }

  private again(ms: number): void {
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => void this.open(), Math.min(RETRY_CAP_MS, ms || RETRY_MS));
    this.set("offline");
  }

  private drop(): void {
    clearTimeout(this.retry);
    this.connection?.close();
    this.connection = null;
  }

  private async end(session: string): Promise<void> {
    if (!session) return;
    const headers = bearer(this.options.token);
    // Whatever is answered: a session that is gone is what was wanted.
    await fetch(session, { method: "DELETE", headers, keepalive: true }).catch(() => {});
  }

  private async look(): Promise<void> {
    if (this.state !== "sending" || !this.connection) return;
    let sent = 0;
    let lost: number | null = null;
    for (const one of (await this.connection.getStats()).values()) {
      if (one.type === "outbound-rtp") sent = one.packetsSent;
      if (one.type === "remote-inbound-rtp") lost = one.packetsLost;
    }
    if (lost !== null) this.loss.add(performance.now(), sent, lost);
    this.options.onState();
  }

  private set(state: Sending): void {
    this.state = state;
    this.options.onState();
  }
}

/** A session's name, by its address. */
function name(session: string): string {
  return session.slice(session.lastIndexOf("/") + 1);
}

/** The server has no room; it says when to ask again. */
class Later extends Error {
  constructor(readonly ms: number) {
    super("there is no room");
  }
}

/** The servers of a Link header that help the two ends to find each other. */
export function iceServers(link: string): RTCIceServer[] {
  return [...link.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+="(?:[^"\\]|\\.)*")*)/g)].flatMap(([, urls, rest]) => {
    const said = [...rest!.matchAll(/([\w-]+)="((?:[^"\\]|\\.)*)"/g)]
      .map(([, name, value]) => [name!, value!.replace(/\\(.)/g, "$1")]);
    const { rel, username, credential } = Object.fromEntries(said) as Record<string, string>;
    return rel === "ice-server" ? [{ urls: urls!, ...(username ? { username, credential: credential ?? "" } : {}) }] : [];
  });
}
