import { describe, expect, test } from "vitest";
import type { Freshness, Stamp } from "../src/contract.ts";
import { badge, type Link, type Received } from "../src/freshness.ts";

const NOW = 1_800_000_000_000;

function received(state: Freshness, lagMs: number | null, secondsAgo = 0): Received {
  const stamp: Stamp = {
    as_of: lagMs === null ? null : "2026-11-24T00:00:00Z",
    lag_ms: lagMs,
    revision: "1-0",
    settled: true,
    state,
    definition_version: 1,
    timezone: "UTC",
    currency: null,
  };
  return { stamp, at: NOW - secondsAgo * 1000 };
}

const BADGES: [string, Received | null, Link, string, number | null][] = [
  ["nothing yet", null, "connecting", "connecting", null],
  ["nothing, and nobody there", null, "offline", "offline", null],
  ["fresh numbers", received("live", 800, 2), "open", "live", 2800],
  ["numbers of exactly 10 s", received("live", 0, 10), "open", "live", 10_000],
  ["numbers of more than 10 s", received("live", 1, 10), "open", "delayed", 10_001],
  ["a server that is late itself", received("delayed", 48_000), "open", "delayed", 48_000],
  ["numbers of more than 2 min", received("live", 1, 120), "open", "stale", 120_001],
  ["a server whose numbers stopped", received("stale", 840_000), "open", "stale", 840_000],
  ["no server, for a moment", received("live", 0, 5), "offline", "offline", 5000],
  ["no server, for long", received("live", 0, 300), "offline", "stale", 300_000],
  ["a server that counts again", received("rebuilding", 500), "open", "rebuilding", 500],
  ["a server that counts again and has no time yet", received("rebuilding", null), "open", "rebuilding", null],
  ["a server that lacks history", received("incomplete", 500), "open", "incomplete", 500],
  ["a reconnecting stream with fresh numbers", received("live", 0, 3), "connecting", "live", 3000],
];

test.each(BADGES)("%s", (_, stamp, link, state, ageMs) => {
  expect(badge(stamp, link, false, NOW)).toEqual({ state, ageMs });
});

describe("while paused", () => {
  test("the badge says so, whatever the age", () => {
    expect(badge(received("live", 0, 300), "open", true, NOW).state).toBe("paused");
  });

  test("but not before there is a number to keep", () => {
    expect(badge(null, "connecting", true, NOW).state).toBe("connecting");
  });
});

test("a clock that was set back makes no number younger than its lag", () => {
  expect(badge(received("live", 700, -60), "open", false, NOW)).toEqual({ state: "live", ageMs: 700 });
});
