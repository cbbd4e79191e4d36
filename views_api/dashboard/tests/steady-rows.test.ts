import { expect, test } from "vitest";
import { steadyRows } from "../src/pages/steady-rows.ts";

const shown = [
  { id: "a", orders: 1 },
  { id: "b", orders: 2 },
];
const sent = [
  { id: "c", orders: 9 },
  { id: "b", orders: 3 },
];

test("rows follow the server while nobody points at them", () => {
  expect(steadyRows(shown, sent, false)).toBe(sent);
});

test("under the pointer rows stay where they are, with their newest numbers", () => {
  expect(steadyRows(shown, sent, true)).toEqual([
    { id: "a", orders: 1 },
    { id: "b", orders: 3 },
  ]);
});

test("an empty table fills, pointer or not", () => {
  expect(steadyRows([], sent, true)).toBe(sent);
});
