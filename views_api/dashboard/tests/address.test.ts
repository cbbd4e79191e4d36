import { expect, test } from "vitest";
import { type Address, byOrders, CAMPAIGNS, format, overviewOf, parse } from "../src/address.ts";
import { THIS_MONTH } from "../src/period.ts";

const read = (url: string): Address => {
  const { pathname, search } = new URL(url, "http://page");
  return parse(pathname, search);
};

const ADDRESSES: [string, Address][] = [
  ["/campaigns", CAMPAIGNS],
  [
    "/campaigns?period=quarter&at=2026-02-01&search=tri+%C3%A2n&active=true&sort=name&limit=25&cursor=abc",
    {
      page: "campaigns",
      period: { kind: "quarter", at: "2026-02-01" },
      search: "tri ân",
      active: true,
      sort: "name",
      limit: 25,
      cursor: "abc",
    },
  ],
  ["/campaigns/c-17", overviewOf("c-17")],
  ["/campaigns/c-17?period=last_7_days", overviewOf("c-17", { kind: "last_7_days", at: null })],
  [
    "/campaigns/c-17?from=2026-01-05&to=2026-03-04&basis=as_of&funnel=reached",
    {
      ...overviewOf("c-17", { kind: "custom", from: "2026-01-05", to: "2026-03-04" }),
      basis: "as_of",
      funnel: "reached",
    },
  ],
];

test.each(ADDRESSES)("%s says what is seen, and is written the same way", (url, address) => {
  expect(read(url)).toEqual(address);
  expect(format(address)).toBe(url);
});

test.each(["a/b", "a:b|c=d{e}", "100%", "đơn #1?", "null", "~pending", "%2F", " "])(
  "a campaign whose id is %j has an address of its own",
  (id) => {
    const url = format(overviewOf(id));

    expect(url.split("/")).toHaveLength(3);
    expect(read(url)).toEqual(overviewOf(id));
  },
);

test("the root is the list of campaigns", () => {
  expect(read("/")).toEqual(CAMPAIGNS);
});

test.each(["/nowhere", "/campaigns/a/b", "/campaigns/%E0%A4%A"])("%s is no page", (url) => {
  expect(read(url)).toEqual({ page: "unknown", path: url });
});

test.each([
  "/campaigns?limit=7&sort=colour&period=fortnight&at=yesterday",
  "/campaigns?from=2026-02-30&to=2026-03-01",
  "/campaigns?from=2026-03-02&to=2026-03-01",
])("what %s asks for does not exist, so the defaults hold", (url) => {
  expect(read(url)).toEqual(CAMPAIGNS);
});

test("the period in the address of a preset is today's unless it names a day", () => {
  expect(read("/campaigns?period=month&at=2025-12-31")).toMatchObject({ period: { kind: "month", at: "2025-12-31" } });
  expect(read("/campaigns?period=month")).toMatchObject({ period: THIS_MONTH });
});

test("without amounts the list is in the order of its orders, from the start", () => {
  expect(byOrders({ ...CAMPAIGNS, cursor: "x" })).toEqual({ ...CAMPAIGNS, sort: "-orders" });
  expect(byOrders({ ...CAMPAIGNS, sort: "revenue_net" }).sort).toBe("orders");
  const named = { ...CAMPAIGNS, sort: "name" as const, cursor: "x" };
  expect(byOrders(named)).toBe(named);
});
