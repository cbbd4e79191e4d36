import { expect, test } from "vitest";
import { plusMonths, todayIn, weekday } from "../src/days.ts";
import { type Bounds, boundsOf, neighbour, type Period, type Preset } from "../src/period.ts";

const TODAY = "2026-11-24"; // a Tuesday

const BOUNDS: [Preset, string, string][] = [
  ["today", "2026-11-24", "2026-11-24"],
  ["week", "2026-11-23", "2026-11-29"],
  ["month", "2026-11-01", "2026-11-30"],
  ["quarter", "2026-10-01", "2026-12-31"],
  ["year", "2026-01-01", "2026-12-31"],
  ["last_7_days", "2026-11-18", "2026-11-24"],
  ["last_30_days", "2026-10-26", "2026-11-24"],
  ["last_90_days", "2026-08-27", "2026-11-24"],
];

test.each(BOUNDS)("%s is from %s to %s", (kind, from, to) => {
  expect(boundsOf({ kind, at: null }, TODAY)).toEqual({ from, to });
});

test.each(BOUNDS)("going back from %s and forth again leads to where one was", (kind) => {
  const here: Period = { kind, at: null };
  const before = neighbour(here, boundsOf(here, TODAY), TODAY, -1) as Period;
  const bounds = boundsOf(before, TODAY) as Bounds;

  expect(bounds.to < (boundsOf(here, TODAY) as Bounds).from).toBe(true);
  expect(neighbour(before, bounds, TODAY, 1)).toEqual(here);
});

test.each(BOUNDS)("there is no number after the running %s", (kind) => {
  const here: Period = { kind, at: null };

  expect(neighbour(here, boundsOf(here, TODAY), TODAY, 1)).toBeNull();
});

test("neighbours touch: no day is left out and none is seen twice", () => {
  const march: Period = { kind: "month", at: "2024-03-31" };
  const february = neighbour(march, boundsOf(march, TODAY), TODAY, -1) as Period;

  expect(boundsOf(february, TODAY)).toEqual({ from: "2024-02-01", to: "2024-02-29" });
});

test("a custom range moves by its own length", () => {
  const range: Period = { kind: "custom", from: "2026-01-10", to: "2026-01-12" };
  const bounds = boundsOf(range, TODAY);

  expect(neighbour(range, bounds, TODAY, -1)).toEqual({ kind: "custom", from: "2026-01-07", to: "2026-01-09" });
  expect(neighbour(range, bounds, TODAY, 1)).toEqual({ kind: "custom", from: "2026-01-13", to: "2026-01-15" });
});

test("all time has no neighbours", () => {
  const all: Period = { kind: "all", at: null };

  expect(neighbour(all, { from: "2020-01-01", to: "2026-11-24" }, TODAY, -1)).toBeNull();
});

test("the API's own weeks lead the arrows", () => {
  // A tenant whose weeks start on Sunday.
  const week: Period = { kind: "week", at: null };

  expect(neighbour(week, { from: "2026-11-22", to: "2026-11-28" }, TODAY, -1)).toEqual({
    kind: "week",
    at: "2026-11-21",
  });
});

test("today is the day of the campaign's zone", () => {
  const instant = Date.parse("2026-11-24T18:30:00Z");

  expect(todayIn("Asia/Ho_Chi_Minh", instant)).toBe("2026-11-25");
  expect(todayIn("America/New_York", instant)).toBe("2026-11-24");
  expect(todayIn("Mars/Olympus", instant)).toBe("2026-11-24");
});

test("weeks begin on Monday, and months of any length follow each other", () => {
  expect(weekday("2026-11-23")).toBe(0);
  expect(weekday("2026-11-29")).toBe(6);
  expect(plusMonths("2026-01-31", 1)).toBe("2026-02-01");
  expect(plusMonths("2026-01-31", -2)).toBe("2025-11-01");
});
