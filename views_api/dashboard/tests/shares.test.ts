import { expect, test } from "vitest";
import { shares } from "../src/shares.ts";

test("shown shares add up to 100.0", () => {
  expect(shares([1, 1, 1])).toEqual([33.4, 33.3, 33.3]);
  expect(shares([725, 241, 318])).toEqual([56.4, 18.8, 24.8]);
});

test("of many parts too, however small", () => {
  const parts = Array.from({ length: 97 }, (_, index) => (index * 7919) % 101);
  const tenths = shares(parts).map((share) => Math.round((share ?? Number.NaN) * 10));

  expect(tenths.reduce((sum, tenth) => sum + tenth, 0)).toBe(1000);
});

test("nothing has no shares", () => {
  expect(shares([0, 0])).toEqual([null, null]);
  expect(shares([])).toEqual([]);
});
