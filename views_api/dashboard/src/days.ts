// Calendar days as the API writes them: "2026-11-24". They carry no zone; all sums are done in UTC, where a day is 24 hours.

const DAY_MS = 86_400_000;

export type Day = string;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text)) && fromUtc(Date.parse(text)) === text;
}

export function utc(day: Day): Date {
  return new Date(`${day}T00:00:00Z`);
}

function fromUtc(ms: number): Day {
  return new Date(ms).toISOString().slice(0, 10);
}

export function plusDays(day: Day, count: number): Day {
  return fromUtc(utc(day).getTime() + count * DAY_MS);
}

/** The number of days from `from` to `to`, both included. */
export function daysIn(from: Day, to: Day): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / DAY_MS) + 1;
}

/** Monday = 0 … Sunday = 6. */
export function weekday(day: Day): number {
  return (utc(day).getUTCDay() + 6) % 7;
}

export function firstOfMonth(day: Day): Day {
  return `${day.slice(0, 7)}-01`;
}

export function plusMonths(day: Day, count: number): Day {
  const date = utc(firstOfMonth(day));
  date.setUTCMonth(date.getUTCMonth() + count);
  return fromUtc(date.getTime());
}

/** The day that it is now in an IANA zone; in UTC where the browser does not know the zone. */
export function todayIn(zone: string, now: number): Day {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(now);
  } catch {
    return fromUtc(now);
  }
}
