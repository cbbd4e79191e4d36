// Numbers, money and dates as a reader of one language expects them. Pure.

import { type Day, utc } from "./days.ts";
import type { Bounds, Period } from "./period.ts";

export type Language = "en" | "vi";

export const NOTHING = "\u2014";
const MINUS = "\u2212";
const NBSP = "\u00a0";
const LOCALES: Record<Language, string> = { en: "en-GB", vi: "vi-VN" };

// ISO 4217: the currencies whose minor unit is not a hundredth. The browser's own table follows the habits of shops instead
// and would show Iraqi or Serbian money a thousand or a hundred times too large.
const MINOR_DIGITS: Record<string, number> = {
  ...digits(0, "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
  ...digits(3, "BHD IQD JOD KWD LYD OMR TND"),
  ...digits(4, "CLF UYW"),
};

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(" ").map((code) => [code, count]));
}

export class Formats {
  readonly #locale: string;
  readonly #cache = new Map<string, Intl.NumberFormat>();

  constructor(readonly language: Language) {
    this.#locale = LOCALES[language];
  }

  #number(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    let format = this.#cache.get(key);
    if (format === undefined) {
      format = new Intl.NumberFormat(this.#locale, options);
      this.#cache.set(key, format);
    }
    return format;
  }

  #fixed(value: number, decimals: number): string {
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return this.#number(`fixed${decimals}`, options).format(value).replace("-", MINUS);
  }

  count(value: number | null | undefined): string {
    return value == null ? NOTHING : this.#fixed(value, 0);
  }

  decimal(value: number | null | undefined, decimals = 1): string {
    return value == null ? NOTHING : this.#fixed(value, decimals);
  }

  /** A percentage from 0 to 100, with one decimal. */
  percent(value: number | null | undefined): string {
    return value == null ? NOTHING : `${this.#fixed(value, 1)}%`;
  }

  /** An amount in minor units, in full. */
  money(minor: number | null | undefined, currency: string | null | undefined): string {
    if (minor == null) return NOTHING;
    const decimals = MINOR_DIGITS[currency ?? ""] ?? 2;
    const amount = minor / 10 ** decimals;
    if (currency == null || currency === "") return this.#fixed(amount, decimals);
    // In Vietnam the sign stands behind the amount, whatever the language around it.
    if (currency === "VND") return `${this.#fixed(amount, decimals)}${NBSP}₫`;
    if (!/^[A-Z]{3}$/.test(currency)) return `${this.#fixed(amount, decimals)}${NBSP}${currency}`;
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return this.#number(currency, { style: "currency", currency, ...options })
      .format(amount)
      .replace("-", MINUS);
  }

  /** 24 Nov 2026 / 24/11/2026 */
  day(day: Day): string {
    return this.#date(utc(day), "UTC", this.#dayParts(true));
  }

  /** The day of an instant in a zone. */
  dayOf(instant: string, zone: string): string {
    return this.#date(new Date(instant), zone, this.#dayParts(true));
  }

  /** 24 Nov 2026, 14:32:07 */
  instant(instant: string | null, zone: string): string {
    if (instant === null) return NOTHING;
    return `${this.dayOf(instant, zone)}, ${this.#date(new Date(instant), zone, { timeStyle: "medium", hourCycle: "h23" })}`;
  }

  /** November 2026 / Tháng 11, 2026 */
  month(day: Day): string {
    const [year, month] = day.split("-");
    if (this.language === "vi") return `Tháng ${Number(month)}, ${year}`;
    return this.#date(utc(day), "UTC", { month: "long", year: "numeric" });
  }

  /** Mon … Sun / T2 … CN */
  weekdays(): string[] {
    if (this.language === "vi") return ["T2", "T3", "T4", "T5", "T6", "T7", "CN"];
    return [5, 6, 7, 8, 9, 10, 11].map((day) =>
      this.#date(new Date(Date.UTC(2026, 0, day)), "UTC", { weekday: "short" }),
    );
  }

  /** 1 – 12 Nov 2026; the parts that both ends share are said once. */
  range({ from, to }: Bounds): string {
    if (from === to) return this.day(from);
    const short = this.#dayParts(false);
    const sameYear = from.slice(0, 4) === to.slice(0, 4);
    const sameMonth = this.language === "en" && from.slice(0, 7) === to.slice(0, 7);
    const start = sameMonth
      ? String(Number(from.slice(8)))
      : sameYear
        ? this.#date(utc(from), "UTC", short)
        : this.day(from);
    return `${start} – ${this.day(to)}`;
  }

  /** What the period picker shows for whole months, quarters and years; null where the range says it better. */
  calendarPeriod(kind: Period["kind"], { from, to }: Bounds): string | null {
    const [year, month] = [from.slice(0, 4), Number(from.slice(5, 7))];
    const sameYear = to.startsWith(year);
    if (kind === "month" && from.endsWith("-01") && from.slice(0, 7) === to.slice(0, 7)) return this.month(from);
    if (kind === "quarter" && sameYear && month % 3 === 1) {
      const quarter = (month + 2) / 3;
      return this.language === "vi" ? `Quý ${quarter}, ${year}` : `Q${quarter} ${year}`;
    }
    if (kind === "year" && sameYear && month === 1) return this.language === "vi" ? `Năm ${year}` : year;
    return null;
  }

  #dayParts(withYear: boolean): Intl.DateTimeFormatOptions {
    const year: Intl.DateTimeFormatOptions = withYear ? { year: "numeric" } : {};
    return { day: "numeric", month: this.language === "vi" ? "numeric" : "short", ...year };
  }

  #date(date: Date, zone: string, options: Intl.DateTimeFormatOptions): string {
    try {
      return new Intl.DateTimeFormat(this.#locale, { timeZone: zone, ...options }).format(date);
    } catch (error) {
      // A zone that this browser does not know yet: better the right instant in UTC than no page.
      if (error instanceof RangeError && zone !== "UTC") return this.#date(date, "UTC", options);
      throw error;
    }
  }
}
