// What the live badge says. Pure: the caller says what time it is.

import type { Stamp } from "./contract.ts";

export const DELAYED_AFTER_MS = 10_000;
export const STALE_AFTER_MS = 120_000;

/** connecting: no answer yet. open: a stream or a poll delivers. offline: the last attempt found nobody. */
export type Link = "connecting" | "open" | "offline";

export interface Received {
  stamp: Stamp;
  /** When it arrived, by this browser's clock. */
  at: number;
}

export type BadgeState =
  | "connecting"
  | "live"
  | "delayed"
  | "stale"
  | "rebuilding"
  | "incomplete"
  | "paused"
  | "offline";

export interface Badge {
  state: BadgeState;
  /** How old the numbers on the page are; null while nobody knows. */
  ageMs: number | null;
}

/** The age rests on the server's own lag and on the time that passed here since: the two clocks are never compared. */
export function ageOf(received: Received, now: number): number | null {
  const { lag_ms } = received.stamp;
  return lag_ms === null ? null : Math.max(0, lag_ms) + Math.max(0, now - received.at);
}

export function badge(received: Received | null, link: Link, paused: boolean, now: number): Badge {
  if (received === null) return { state: link === "offline" ? "offline" : "connecting", ageMs: null };
  const ageMs = ageOf(received, now);
  const { state } = received.stamp;
  if (paused) return { state: "paused", ageMs };
  const age = ageMs ?? 0;
  if (link === "offline" && age <= STALE_AFTER_MS) return { state: "offline", ageMs };
  if (state === "rebuilding" || state === "incomplete") return { state, ageMs };
  if (state === "stale" || age > STALE_AFTER_MS) return { state: "stale", ageMs };
  if (state === "delayed" || age > DELAYED_AFTER_MS) return { state: "delayed", ageMs };
  return { state: "live", ageMs };
}
