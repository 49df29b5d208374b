/** A call followed over the wire: the model, the feed that fills it, and who wants to know. */

import { Call } from "../model/call";
import type { Link } from "../model/call";
import type { Command } from "../model/wire";
import { socketUrl } from "./access";
import { Feed } from "./feed";
import type { Answer } from "./feed";

export class Session {
  readonly call: Call;
  private readonly feed: Feed;
  private readonly readers = new Set<() => void>();

  constructor(id: string, token: string, base = "") {
    this.call = new Call(id);
    const path = `/v1/calls/${encodeURIComponent(id)}/events`;
    this.feed = new Feed({
      token,
      url: () => socketUrl(`${path}?after=${this.call.after}`, base),
      finished: () => this.call.ended !== null,
      onEvent: (event) => {
        this.call.apply(event);
        this.changed();
      },
      onLink: () => this.changed(),
    });
  }

  get link(): Link {
    // A feed may report a change before its constructor has returned.
    return this.feed?.link ?? "connecting";
  }

  get refusal(): string {
    return this.feed.refusal;
  }

  send(command: Command): Promise<Answer> {
    return this.feed.send(command);
  }

  /** `reader` is called after each change, until the returned function is. */
  follow(reader: () => void): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }

  close(): void {
    this.readers.clear();
    this.feed.close();
  }

  private changed(): void {
    for (const reader of this.readers) reader();
  }
}
