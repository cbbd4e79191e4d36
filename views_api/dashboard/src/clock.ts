import { signal } from "@preact/signals";
import type { Stamp } from "./contract.ts";

/** The time by this browser's clock, in ms since 1970 UTC, told once a second: for ages and countdowns. */
export const now = signal(Date.now());

/** How far the server's clock is ahead of this browser's, in ms, by the last answer. */
const ahead = signal(0);

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
}

/** The time by the server's clock, which is what days are counted by: this browser's may be hours off. */
export function serverTime(): number {
  return now.value + ahead.value;
}

/** A stamp that has just arrived says what time it is there: `lag_ms` is what has passed since `as_of`. */
export function hearTime({ as_of, lag_ms }: Stamp, arrived: number): void {
  if (as_of !== null && lag_ms !== null) ahead.value = Date.parse(as_of) + lag_ms - arrived;
}
