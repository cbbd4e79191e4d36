// The period that the numbers are of. Pure: the caller says what day it is.

import { type Day, daysIn, firstOfMonth, plusDays, plusMonths, weekday } from "./days.ts";

export const PRESETS = [
  "today",
  "week",
  "month",
  "quarter",
  "year",
  "last_7_days",
  "last_30_days",
  "last_90_days",
  "all",
] as const;

export type Preset = (typeof PRESETS)[number];

/** A preset around a day (`at` null: now), or an inclusive range of days. */
export type Period = { kind: Preset; at: Day | null } | { kind: "custom"; from: Day; to: Day };

export interface Bounds {
  from: Day;
  to: Day;
}

export const THIS_MONTH: Period = { kind: "month", at: null };

const LAST: Partial<Record<Preset, number>> = { last_7_days: 7, last_30_days: 30, last_90_days: 90 };

/** First and last day, as far as the page can tell by itself; null for "all". The API's answer knows better: a tenant's weeks
 * and years may start elsewhere. */
export function boundsOf(period: Period, today: Day): Bounds | null {
  if (period.kind === "custom") return { from: period.from, to: period.to };
  const day = period.at ?? today;
  switch (period.kind) {
    case "today":
      return { from: day, to: day };
    case "week": {
      const from = plusDays(day, -weekday(day));
      return { from, to: plusDays(from, 6) };
    }
    case "month":
      return months(firstOfMonth(day), 1);
    case "quarter":
      return months(plusMonths(day, -((Number(day.slice(5, 7)) - 1) % 3)), 3);
    case "year":
      return months(`${day.slice(0, 4)}-01-01`, 12);
    case "all":
      return null;
    default:
      return { from: plusDays(day, 1 - (LAST[period.kind] ?? 1)), to: day };
  }
}

function months(from: Day, count: number): Bounds {
  return { from, to: plusDays(plusMonths(from, count), -1) };
}

/** The period before (-1) or after (+1) this one; null where there is none: "all" has no neighbours, the future no numbers. */
export function neighbour(period: Period, bounds: Bounds | null, today: Day, step: -1 | 1): Period | null {
  if (bounds === null || period.kind === "all") return null;
  if (step === 1 && bounds.to >= today) return null;
  if (period.kind === "custom") {
    const shift = step * daysIn(bounds.from, bounds.to);
    return { kind: "custom", from: plusDays(bounds.from, shift), to: plusDays(bounds.to, shift) };
  }
  const length = LAST[period.kind] ?? 1;
  const at = step === -1 ? plusDays(bounds.from, -1) : plusDays(bounds.to, length);
  const next: Period = { kind: period.kind, at };
  const reached = boundsOf(next, today);
  // Back at the running period: drop the day, so that the page rolls over at midnight by itself.
  return reached !== null && reached.from <= today && today <= reached.to ? { kind: period.kind, at: null } : next;
}
