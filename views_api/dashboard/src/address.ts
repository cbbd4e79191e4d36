// What is seen is in the address, so that Back works and a link shows the same. Pure: text in, text out.

import type { Basis } from "./contract.ts";
import { isDay } from "./days.ts";
import { type Period, PRESETS, type Preset, THIS_MONTH } from "./period.ts";

export const PAGE_SIZES = [10, 25, 50, 100] as const;
const BASES: readonly Basis[] = ["created", "closed", "as_of"];

export const SORT_FIELDS = ["name", "orders", "revenue_net", "created_at", "updated_at"] as const;
export type SortField = (typeof SORT_FIELDS)[number];
/** A leading "-": from the greatest down. */
export type Sort = SortField | `-${SortField}`;
const SORTS: readonly Sort[] = SORT_FIELDS.flatMap((field): Sort[] => [field, `-${field}`]);

export interface ListAddress {
  page: "campaigns";
  period: Period;
  search: string;
  active: boolean;
  sort: Sort;
  limit: number;
  cursor: string | null;
}

export interface OverviewAddress {
  page: "overview";
  id: string;
  period: Period;
  basis: Basis;
  funnel: "current" | "reached";
}

export type Address = ListAddress | OverviewAddress | { page: "unknown"; path: string };

export const CAMPAIGNS: ListAddress = {
  page: "campaigns",
  period: THIS_MONTH,
  search: "",
  active: false,
  sort: "-revenue_net",
  limit: 10,
  cursor: null,
};

/** The same list without amounts in its order; a page of one order is none of another. */
export function byOrders(at: ListAddress): ListAddress {
  if (at.sort === "revenue_net") return { ...at, sort: "orders", cursor: null };
  return at.sort === "-revenue_net" ? { ...at, sort: "-orders", cursor: null } : at;
}

/** The overview of a campaign, in the period that the reader was looking at. */
export function overviewOf(id: string, period: Period = THIS_MONTH): OverviewAddress {
  return { page: "overview", id, period, basis: "created", funnel: "current" };
}

export function parse(pathname: string, search: string): Address {
  const query = new URLSearchParams(search);
  const path = pathname.replace(/\/+$/, "");
  if (path === "" || path === "/campaigns") {
    return {
      page: "campaigns",
      period: periodFrom(query),
      search: query.get("search") ?? "",
      active: query.get("active") === "true",
      sort: SORTS.find((sort) => sort === query.get("sort")) ?? CAMPAIGNS.sort,
      limit: PAGE_SIZES.find((size) => String(size) === query.get("limit")) ?? CAMPAIGNS.limit,
      cursor: query.get("cursor"),
    };
  }
  const id = idFrom(path);
  if (id === null) return { page: "unknown", path: pathname };
  return {
    page: "overview",
    id,
    period: periodFrom(query),
    basis: BASES.find((basis) => basis === query.get("basis")) ?? "created",
    funnel: query.get("funnel") === "reached" ? "reached" : "current",
  };
}

function idFrom(path: string): string | null {
  const encoded = /^\/campaigns\/([^/]+)$/.exec(path)?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function periodFrom(query: URLSearchParams): Period {
  const [from, to, at] = [query.get("from"), query.get("to"), query.get("at")];
  if (from !== null && to !== null && isDay(from) && isDay(to) && from <= to) return { kind: "custom", from, to };
  const kind = PRESETS.find((preset: Preset) => preset === query.get("period"));
  return { kind: kind ?? "month", at: at !== null && isDay(at) ? at : null };
}

/** Path and query of an address; what is the default is left out. */
export function format(address: Address): string {
  if (address.page === "unknown") return address.path;
  const query = new URLSearchParams(periodQuery(address.period));
  if (query.get("period") === THIS_MONTH.kind && !query.has("at")) query.delete("period");
  if (address.page === "campaigns") {
    if (address.search !== "") query.set("search", address.search);
    if (address.active) query.set("active", "true");
    if (address.sort !== CAMPAIGNS.sort) query.set("sort", address.sort);
    if (address.limit !== CAMPAIGNS.limit) query.set("limit", String(address.limit));
    if (address.cursor !== null) query.set("cursor", address.cursor);
    return withQuery("/campaigns", query);
  }
  if (address.basis !== "created") query.set("basis", address.basis);
  if (address.funnel !== "current") query.set("funnel", address.funnel);
  return withQuery(`/campaigns/${encodeURIComponent(address.id)}`, query);
}

/** The period in the API's own parameters. */
export function periodQuery(period: Period): Record<string, string> {
  if (period.kind === "custom") return { from: period.from, to: period.to };
  return period.at === null ? { period: period.kind } : { period: period.kind, at: period.at };
}

export function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}
