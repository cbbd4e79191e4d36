// One view of the API that keeps itself fresh: asked once, then told by server-sent events, and asked again whenever the
// events fail. Reconnecting and the fallback to polling are one loop: each attempt asks for the view, then listens.

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { applyPatch } from "rfc6902";
import { get, Problem, request } from "./client.ts";
import { hearTime } from "./clock.ts";
import type { Patch, Stamp, Stamped } from "./contract.ts";
import { EventParser, type ServerEvent } from "./events.ts";
import type { Link, Received } from "./freshness.ts";

/** The longest pause between two attempts, and so the rhythm of polling while there are no events. */
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_ASKED_PAUSE_MS = 60_000;
/** A stream that says nothing for so long is dead: the server sends a heartbeat every 5 s. */
const SILENCE_MS = 20_000;

/** Set by the reader: numbers freeze, what arrives waits. */
export const paused = signal(false);

export interface Source {
  /** Path and query of the view. */
  view: string;
  /** Path and query of its events. */
  stream: string;
  /** Whether the snapshots of the stream and their patches are this very view, or only say that it has changed. */
  snapshots: "view" | "nudge";
}

export class Feed<T extends Stamped> {
  readonly #shown = signal<T | null>(null);
  readonly #received = signal<Received | null>(null);
  readonly #link = signal<Link>("connecting");
  readonly #problem = signal<Problem | null>(null);
  readonly #retryAt = signal<number | null>(null);
  readonly #waiting = signal(0);

  /** What the page shows; null until the first answer. */
  readonly shown: ReadonlySignal<T | null> = this.#shown;
  /** How fresh that is. */
  readonly received: ReadonlySignal<Received | null> = this.#received;
  readonly link: ReadonlySignal<Link> = this.#link;
  /** Why the last attempt failed; null while all is well. */
  readonly problem: ReadonlySignal<Problem | null> = this.#problem;
  /** When the next attempt is made; null while one is under way or none will be. */
  readonly retryAt: ReadonlySignal<number | null> = this.#retryAt;
  /** How many changes wait for the reader to resume. */
  readonly waiting: ReadonlySignal<number> = this.#waiting;

  readonly #source: Source;
  #held: { view: T; received: Received } | null = null;
  /** The view as this stream gave it last: what its next patch changes. */
  #followed: T | null = null;
  /** The newest revision that was heard of: events after it are still to come. */
  #newest: string | null = null;
  #attempt = new AbortController();
  #failures = 0;
  #wake: () => void = () => {};
  #running = false;
  #stopped = false;
  readonly #cleanUp: (() => void)[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  start(): void {
    this.#cleanUp.push(
      paused.subscribe((isPaused) => {
        if (!isPaused) this.#release();
      }),
      listen(document, "visibilitychange", () => (document.hidden ? this.#attempt.abort() : this.retry())),
      listen(globalThis, "online", () => this.retry()),
      listen(globalThis, "offline", () => this.#attempt.abort()),
    );
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#attempt.abort();
    this.#wake();
    for (const undo of this.#cleanUp.splice(0)) undo();
  }

  /** Tries again now instead of when the pause is over. */
  retry(): void {
    if (this.#stopped) return;
    if (this.#running) this.#wake();
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (!this.#stopped) {
      if (!document.hidden) {
        this.#attempt = new AbortController();
        const { signal } = this.#attempt;
        try {
          await this.#ask(signal);
          await this.#listen(signal);
        } catch (error) {
          if (!signal.aborted && !this.#survives(error)) break;
        }
      }
      if (!this.#stopped) await this.#pause();
    }
    this.#running = false;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    let view: T;
    try {
      view = await get<T>(this.#source.view, signal);
    } catch (error) {
      if (error instanceof Problem && error.passing) {
        this.#problem.value = error;
        this.#link.value = "offline";
      }
      throw error;
    }
    batch(() => {
      this.#take(view);
      this.#problem.value = null;
      this.#link.value = "open";
    });
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.#newest !== null) headers["last-event-id"] = this.#newest;
    const { body } = await orSilence(request(this.#source.stream, { signal, headers }), signal);
    if (body === null) return;
    this.#followed = null;
    const parser = new EventParser();
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (;;) {
        const { done, value } = await orSilence(reader.read(), signal);
        if (done) return;
        for (const event of parser.push(value)) {
          this.#failures = 0;
          if (!(await this.#handle(event, signal))) {
            // What was sent no longer leads to what is now: ask again, and follow from there.
            this.#newest = null;
            return;
          }
        }
      }
    } finally {
      reader.cancel().catch(() => {}); // it broke off by itself: there is nothing left to cancel
    }
  }

  /** Whether the stream leads on from here. */
  async #handle({ event, data }: ServerEvent, signal: AbortSignal): Promise<boolean> {
    const content = parsed(data);
    if (event === "reset") return false;
    if (event !== "snapshot" && event !== "patch") this.#freshen((content as Partial<Stamped>).stamp);
    else if (this.#source.snapshots === "nudge") await this.#ask(signal);
    else {
      this.#followed = event === "snapshot" ? (content as T) : patched(this.#followed, content as Patch);
      if (this.#followed === null) return false;
      this.#take(this.#followed);
    }
    return true;
  }

  #take(view: T): void {
    const received = arrived(view.stamp);
    const isNews = view.stamp.revision !== this.#newest;
    this.#newest = view.stamp.revision;
    if (paused.peek() && this.#shown.peek() !== null) {
      this.#held = { view, received };
      if (isNews) this.#waiting.value += 1;
      return;
    }
    batch(() => {
      this.#shown.value = view;
      this.#received.value = received;
    });
  }

  /** The numbers are the same, and known to be complete until later. */
  #freshen(stamp: Stamp | undefined): void {
    if (stamp === undefined) return;
    const received = arrived(stamp);
    if (this.#held !== null) this.#held.received = received;
    else if (!paused.peek()) this.#received.value = received;
  }

  #release(): void {
    const held = this.#held;
    this.#held = null;
    batch(() => {
      this.#waiting.value = 0;
      if (held === null) return;
      this.#shown.value = held.view;
      this.#received.value = held.received;
    });
  }

  /** Whether another attempt makes sense. What the page shows stays, unless the reader may not see it any more. */
  #survives(error: unknown): boolean {
    if (!(error instanceof Problem)) throw error;
    if (error.passing) return true;
    batch(() => {
      this.#problem.value = error;
      this.#shown.value = null;
    });
    return false;
  }

  async #pause(): Promise<void> {
    // A hidden page waits until it is seen again, which costs the server nothing.
    const ms = document.hidden ? null : this.#pauseMs();
    this.#retryAt.value = ms === null ? null : Date.now() + ms;
    await new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
    this.#retryAt.value = null;
  }

  #pauseMs(): number {
    const problem = this.#problem.peek();
    const doubled = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** this.#failures);
    this.#failures += 1;
    // Up to a fifth off, so that the tabs of a whole office do not come back in the same instant.
    const spread = doubled * (1 - Math.random() / 5);
    return Math.max(spread, Math.min(problem?.retryAfterMs ?? 0, LONGEST_ASKED_PAUSE_MS));
  }
}

/** The feed of the page that is open: what the badge, the strips and the foot speak of. */
export const currentFeed = signal<Feed<Stamped> | null>(null);

function arrived(stamp: Stamp): Received {
  const at = Date.now();
  hearTime(stamp, at);
  return { stamp, at };
}

/** What `promise` gives, or a `Problem` when it takes so long that nobody can be at the other end. */
async function orSilence<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem("unreachable", null, "the stream fell silent")), SILENCE_MS);
  });
  try {
    return await Promise.race([promise, silence]);
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem("unreachable", null, "the stream broke off");
  } finally {
    clearTimeout(timer);
  }
}

/** The view that a patch leads to; null if it leads there from somewhere else, or names a place that is none. */
function patched<T extends Stamped>(view: T | null, { from, patch }: Patch): T | null {
  if (view?.stamp.revision !== from) return null;
  const next = structuredClone(view); // what is shown stays as it is
  return applyPatch(next, patch).every((error) => error === null) ? next : null;
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new Problem("unavailable", null, "an event was not JSON");
  }
}

function listen(target: EventTarget, type: string, listener: () => void): () => void {
  target.addEventListener(type, listener);
  return () => target.removeEventListener(type, listener);
}
