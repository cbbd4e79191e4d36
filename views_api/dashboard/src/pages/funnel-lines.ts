// From the API's funnel to the lines that are drawn. Pure.

import type { FunnelRow } from "../contract.ts";
import { shares } from "../shares.ts";

export interface FunnelLine {
  key: string;
  /** Its place among the campaign's steps, from 1; null: a removed step, or no step at all. */
  place: number | null;
  stepId: string | null;
  name: string | null;
  current: number;
  lost: number;
  total: number;
  /** Of all opportunities, in percent; shown shares add up to 100. */
  share: number | null;
  reached: number | null;
  registered: number | null;
  unregistered: number | null;
  /** The last step, which is success. */
  success: boolean;
}

export interface FoldedLines {
  key: string;
  lines: FunnelLine[];
}

/** Steps in their order, then removed ones, then "no step". */
export function linesOf(rows: readonly FunnelRow[]): FunnelLine[] {
  const ordered = [...rows].sort((a, b) => rank(a) - rank(b));
  const portions = shares(ordered.map((row) => row.current + row.lost));
  const last = ordered.findLastIndex((row) => row.position !== null && row.step_id !== null);
  return ordered.map((row, index) => ({
    key: row.step_id === null ? "none" : `step:${row.step_id}`,
    place: row.step_id === null || row.position === null ? null : index + 1,
    stepId: row.step_id,
    name: row.name,
    current: row.current,
    lost: row.lost,
    total: row.current + row.lost,
    share: portions[index] ?? null,
    reached: row.reached,
    registered: row.registered,
    unregistered: row.unregistered,
    success: index === last,
  }));
}

function rank(row: FunnelRow): number {
  if (row.step_id === null) return Number.POSITIVE_INFINITY;
  return row.position ?? Number.MAX_SAFE_INTEGER;
}

const SHOWN_AT_MOST = 12;

/** Where there are more than 12 lines, runs of the smaller ones fold into one. The first and the last step, removed steps
 * and "no step" are always shown. */
export function folded(lines: readonly FunnelLine[]): (FunnelLine | FoldedLines)[] {
  if (lines.length <= SHOWN_AT_MOST) return [...lines];
  const optional = lines.filter((line, index) => index !== 0 && !line.success && line.place !== null);
  const bySize = [...optional].sort((a, b) => b.total - a.total);
  const shown = new Set<FunnelLine>(bySize.slice(0, SHOWN_AT_MOST - 4));
  const result: (FunnelLine | FoldedLines)[] = [];
  let run: FunnelLine[] = [];
  const close = () => {
    const [first] = run;
    if (first !== undefined) result.push(run.length === 1 ? first : { key: `fold:${first.key}`, lines: run });
    run = [];
  };
  for (const line of lines) {
    if (optional.includes(line) && !shown.has(line)) {
      run.push(line);
    } else {
      close();
      result.push(line);
    }
  }
  close();
  return result;
}
