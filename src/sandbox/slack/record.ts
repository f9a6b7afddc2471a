/** A message as a channel shows it now. */
export interface SentMessage {
  /** Channel id. */
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly metadata?: unknown;
  /** `ts` of the message whose thread it is in. */
  readonly threadTs?: string;
  /** How often it has been edited. */
  readonly edits: number;
  /** Name of the attached file. */
  readonly file?: string;
  /** What stands in it. */
  readonly content?: string;
}

/** An answer that only one person sees. */
export interface EphemeralReply {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

/** A message that stands in a channel for one person only. */
export interface Whisper extends SentMessage {
  /** Id of that person. */
  readonly onlyFor: string;
  /** What it answers, e.g. `/jaws status`. */
  readonly asked?: string;
}

export type MessageEvent = { readonly kind: 'posted' | 'changed' | 'deleted'; readonly message: SentMessage };

/** Oldest entries of the transcript fall away past this many. */
const TRANSCRIPT_LENGTH = 10_000;
const WHISPERS_KEPT = 1_000;

/** What the workspace has seen: messages in their present form, and everything that was ever sent. */
export class MessageRecord {
  readonly #messages = new Map<string, SentMessage>();
  readonly #listeners = new Set<(event: MessageEvent) => void>();
  readonly #whispers: Whisper[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #transcript: string[] = [];
  readonly #directs = new Map<string, string>();
  readonly #uploads = new Map<string, string>();

  /** Messages of a channel in the order of posting, without those in threads. */
  inChannel(channel: string): SentMessage[] {
    return this.all().filter((message) => message.channel === channel && message.threadTs === undefined);
  }

  /** Notes which channel holds the direct messages with a person (their id). */
  opened(user: string, channel: string): void {
    this.#directs.set(user, channel);
  }

  /** Id of the channel of direct messages with a person (their id), once it is open. */
  directChannel(user: string): string | undefined {
    return this.#directs.get(user);
  }

  /** Keeps what was uploaded for a file (its id). */
  uploaded(file: string, content: string): void {
    this.#uploads.set(file, content);
  }

  /** The text of an uploaded file (its id). */
  contentOf(file: string): string {
    return this.#uploads.get(file) ?? '';
  }

  /** Direct messages with a person in the order of posting. */
  direct(user: string): SentMessage[] {
    const channel = this.#directs.get(user);
    return channel === undefined ? [] : this.inChannel(channel);
  }

  inThread(channel: string, ts: string): SentMessage[] {
    return this.all().filter((message) => message.channel === channel && message.threadTs === ts);
  }

  all(): SentMessage[] {
    return [...this.#messages.values()];
  }

  posted(message: SentMessage): void {
    this.#put('posted', message);
  }

  changed(channel: string, ts: string, change: Pick<SentMessage, 'text' | 'blocks'>): void {
    const known = this.#messages.get(`${channel}/${ts}`);
    if (known !== undefined) this.#put('changed', { ...known, ...change, edits: known.edits + 1 });
  }

  deleted(channel: string, ts: string): void {
    const known = this.#messages.get(`${channel}/${ts}`);
    if (known === undefined) return;
    this.#messages.delete(`${channel}/${ts}`);
    for (const listener of this.#listeners) listener({ kind: 'deleted', message: known });
    this.#tell();
  }

  /** What only this person sees in a channel, oldest first. */
  whispers(channel: string, user: string): Whisper[] {
    return this.#whispers.filter((whisper) => whisper.channel === channel && whisper.onlyFor === user);
  }

  whispered(whisper: Whisper): void {
    this.#whispers.push(whisper);
    if (this.#whispers.length > WHISPERS_KEPT) this.#whispers.shift();
    this.#tell();
  }

  /** Calls back after every change of what somebody sees, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  listen(listener: (event: MessageEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notes a body that reached Slack, whatever became of it. */
  note(body: string): void {
    this.#transcript.push(body);
    if (this.#transcript.length > TRANSCRIPT_LENGTH) this.#transcript.shift();
  }

  /** Every body that ever reached Slack: the place to look for what must not be there. */
  transcript(): readonly string[] {
    return this.#transcript;
  }

  #put(kind: 'posted' | 'changed', message: SentMessage): void {
    this.#messages.set(`${message.channel}/${message.ts}`, message);
    for (const listener of this.#listeners) listener({ kind, message });
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
