import { expect, test } from "vitest";
import type { ProbabilityRow } from "../src/contract.ts";
import { markerAt } from "../src/pages/overview-probability.tsx";

const column = (from: number | null, to = from): ProbabilityRow => ({ from, to, opportunities: 1, share: null });

test("the marker stands in the middle of the column of its value", () => {
  expect(markerAt([column(null), column(0), column(50), column(100)], 50)).toBeCloseTo(2.5 / 4);
});

test("and between two columns by how far it is from each", () => {
  expect(markerAt([column(0), column(20)], 5)).toBeCloseTo((0.5 + 0.25) / 2);
  expect(markerAt([column(0, 9), column(10, 19)], 9.5)).toBeCloseTo((0.5 + 0.5) / 2);
});

test("there is none where no column can hold it", () => {
  expect(markerAt([column(null)], 50)).toBeNull();
});
