import { expect, test } from "vitest";
import type { FunnelRow } from "../src/contract.ts";
import { type FoldedLines, type FunnelLine, folded, linesOf } from "../src/pages/funnel-lines.ts";

function row(step_id: string | null, position: number | null, current: number, lost = 0): FunnelRow {
  return { step_id, name: step_id, position, current, lost, reached: null, registered: null, unregistered: null };
}

test("steps come in their order, then removed ones, then those without a step", () => {
  const lines = linesOf([row(null, null, 1), row("b", 20, 2), row("gone", null, 3), row("a", 10, 4)]);

  expect(lines.map((line) => [line.stepId, line.place])).toEqual([
    ["a", 1],
    ["b", 2],
    ["gone", null],
    [null, null],
  ]);
});

test("the last step of the campaign is success, and no removed one", () => {
  const lines = linesOf([row("a", 0, 1), row("b", 1, 1), row("gone", null, 9)]);

  expect(lines.map((line) => line.success)).toEqual([false, true, false]);
});

test("a step called like the sentinel is a line of its own", () => {
  const keys = linesOf([row("none", 0, 1), row(null, null, 1)]).map((line) => line.key);

  expect(new Set(keys).size).toBe(2);
});

test("a line is current and lost together, and shares are of all lines", () => {
  const [first, second] = linesOf([row("a", 0, 2, 1), row("b", 1, 1)]);

  expect([first?.total, first?.share, second?.total, second?.share]).toEqual([3, 75, 1, 25]);
});

const isFold = (line: FunnelLine | FoldedLines): line is FoldedLines => "lines" in line;

test("twelve lines stay as they are", () => {
  const lines = linesOf(Array.from({ length: 12 }, (_, at) => row(`s${at}`, at, at)));

  expect(folded(lines)).toEqual(lines);
});

test("of forty steps the first, the last and the largest are shown, runs of the others fold", () => {
  const steps = Array.from({ length: 40 }, (_, at) => row(`s${at}`, at, at % 5 === 0 ? 100 + at : 1));
  const rows = folded(linesOf([...steps, row("gone", null, 0), row(null, null, 1)]));
  const shown = rows.filter((line): line is FunnelLine => !isFold(line)).map((line) => line.stepId);

  expect(shown).toEqual(["s0", "s1", "s5", "s10", "s15", "s20", "s25", "s30", "s35", "s39", "gone", null]);
  expect(rows.filter(isFold).map((fold) => fold.lines.length)).toEqual([3, 4, 4, 4, 4, 4, 4, 3]);
});

test("folding hides no opportunity", () => {
  const lines = linesOf(Array.from({ length: 40 }, (_, at) => row(`s${at}`, at, (at * 7) % 13)));
  const unfolded = folded(lines).flatMap((line) => (isFold(line) ? line.lines : [line]));

  expect(unfolded).toEqual(lines);
});
