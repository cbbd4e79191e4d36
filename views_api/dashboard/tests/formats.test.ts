import { describe, expect, test } from "vitest";
import { Formats } from "../src/formats.ts";

const en = new Formats("en");
const vi = new Formats("vi");

describe("money", () => {
  test.each([
    [4_812_350_000, "VND", "4,812,350,000\u00a0₫", "4.812.350.000\u00a0₫"],
    [-3_180_000, "VND", "−3,180,000\u00a0₫", "−3.180.000\u00a0₫"],
    [123_456, "USD", "US$1,234.56", "1.234,56\u00a0US$"],
    [123_456, "KWD", "KWD\u00a0123.456", "123,456\u00a0KWD"],
  ])("%d minor units of %s", (minor, currency, english, vietnamese) => {
    expect(en.money(minor, currency)).toBe(english);
    expect(vi.money(minor, currency)).toBe(vietnamese);
  });

  test("has the minor units of ISO 4217, whatever shops are used to", () => {
    expect(en.money(5000, "JPY")).toMatch(/5,000$/);
    expect(en.money(123_456, "IQD")).toContain("123.456");
    expect(en.money(123_456, "RSD")).toContain("1,234.56");
  });

  test("of no currency, or of one that nobody knows, is still the right number", () => {
    expect(en.money(123_456, null)).toBe("1,234.56");
    expect(en.money(123_456, "points")).toBe("1,234.56\u00a0points");
    expect(en.money(123_456, "QQQ")).toContain("1,234.56");
  });
});

test("what does not exist is a dash, and zero is zero", () => {
  expect([en.count(null), en.percent(undefined), en.money(null, "VND"), en.instant(null, "UTC")]).toEqual([
    "—",
    "—",
    "—",
    "—",
  ]);
  expect([en.count(0), en.percent(0), en.money(0, "VND")]).toEqual(["0", "0.0%", "0\u00a0₫"]);
});

test("percentages have one decimal", () => {
  expect(en.percent(43.1127)).toBe("43.1%");
  expect(vi.percent(43.1127)).toBe("43,1%");
});

test("days and instants are those of the zone that is asked for", () => {
  const instant = "2026-11-20T18:32:07Z";

  expect(en.instant(instant, "Asia/Ho_Chi_Minh")).toBe("21 Nov 2026, 01:32:07");
  expect(vi.instant(instant, "Asia/Ho_Chi_Minh")).toBe("21/11/2026, 01:32:07");
  expect(en.dayOf(instant, "Mars/Olympus")).toBe("20 Nov 2026");
});

test.each([
  ["2026-11-01", "2026-11-12", "1 – 12 Nov 2026", "1/11 – 12/11/2026"],
  ["2026-10-26", "2026-11-24", "26 Oct – 24 Nov 2026", "26/10 – 24/11/2026"],
  ["2025-12-29", "2026-01-04", "29 Dec 2025 – 4 Jan 2026", "29/12/2025 – 4/1/2026"],
  ["2026-11-24", "2026-11-24", "24 Nov 2026", "24/11/2026"],
])("the range from %s to %s says once what both ends share", (from, to, english, vietnamese) => {
  expect(en.range({ from, to })).toBe(english);
  expect(vi.range({ from, to })).toBe(vietnamese);
});

test.each([
  ["month", "2026-11-01", "2026-11-30", "November 2026", "Tháng 11, 2026"],
  ["quarter", "2026-10-01", "2026-12-31", "Q4 2026", "Quý 4, 2026"],
  ["year", "2026-01-01", "2026-12-31", "2026", "Năm 2026"],
] as const)("a whole %s is called by its name", (kind, from, to, english, vietnamese) => {
  expect(en.calendarPeriod(kind, { from, to })).toBe(english);
  expect(vi.calendarPeriod(kind, { from, to })).toBe(vietnamese);
});

test("a fiscal year that starts in April is no calendar year", () => {
  expect(en.calendarPeriod("year", { from: "2026-04-01", to: "2027-03-31" })).toBeNull();
});

test("a week starts on Monday", () => {
  expect(en.weekdays()).toEqual(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
});
