import { signal } from "@preact/signals";

/** The time by this browser's clock, in ms since 1970 UTC, told once a second: for ages and countdowns. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now();
  }, 1000);
}
