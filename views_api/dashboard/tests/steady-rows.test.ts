import { expect, test } from "vitest";
import { steadyRows } from "../src/pages/steady-rows.ts";

interface Row {
  id: string;
  orders: number | null;
}

const shown: Row[] = [
  { id: "a", orders: 1 },
  { id: "b", orders: 2 },
];
const unknown = (row: Row) => ({ ...row, orders: null });
const sent: Row[] = [
  { id: "c", orders: 9 },
  { id: "b", orders: 3 },
];

test("rows follow the server while nobody points at them", () => {
  expect(steadyRows(shown, sent, false, unknown)).toBe(sent);
});

test("under the pointer rows stay where they are, with their newest numbers, and without any where nobody knows them", () => {
  expect(steadyRows(shown, sent, true, unknown)).toEqual([
    { id: "a", orders: null },
    { id: "b", orders: 3 },
  ]);
});

test("an empty table fills, pointer or not", () => {
  expect(steadyRows([], sent, true, unknown)).toBe(sent);
});
