// An API for the tests of a feed: one view, one stream, and faults at will.

import type { Stamp, Stamped } from "../src/contract.ts";

export interface View extends Stamped {
  orders: number;
}

export const VIEW = "/v1/view";
export const STREAM = "/v1/stream";

export function stamp(revision: string): Stamp {
  return {
    as_of: "2026-11-24T00:00:00Z",
    lag_ms: 0,
    revision,
    settled: true,
    state: "live",
    definition_version: 1,
    timezone: "UTC",
    currency: null,
  };
}

export const view = (orders: number): View => ({ orders, stamp: stamp(`${orders}-0`) });

/** An API that can be told what to answer, with one stream that can be spoken into and broken off. */
export class Api {
  orders = 1;
  status = 200;
  streamStatus = 200;
  readonly asked: string[] = [];
  /** Somebody listens to the stream. */
  listening = false;
  resumedAfter: (string | null)[] = [];
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly fetch = async (path: string, init: RequestInit): Promise<Response> => {
    this.asked.push(path);
    init.signal?.throwIfAborted();
    if (this.status === 0) throw new TypeError("network error");
    const status = path === STREAM ? this.streamStatus : this.status;
    if (status !== 200) return Response.json({ detail: "no" }, { status, headers: { "retry-after": "4" } });
    if (path !== STREAM) return Response.json(view(this.orders));
    this.resumedAfter.push(new Headers(init.headers).get("last-event-id"));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#stream = controller;
        this.listening = true;
      },
    });
    init.signal?.addEventListener("abort", () => {
      this.listening = false;
      this.#stream?.error(new DOMException("gone", "AbortError"));
    });
    return new Response(body);
  };

  say(event: string, data: unknown, id?: string): void {
    const head = id === undefined ? "" : `id: ${id}\n`;
    this.#stream?.enqueue(new TextEncoder().encode(`event: ${event}\n${head}data: ${JSON.stringify(data)}\n\n`));
  }

  breakOff(): void {
    this.#stream?.error(new TypeError("connection reset"));
  }
}
