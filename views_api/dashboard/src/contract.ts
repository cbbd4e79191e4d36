// What the API answers, as far as this page reads it (schemas/views.py says all). Money is in minor units, percentages are
// 0 to 100, instants are RFC 3339, days are YYYY-MM-DD. A number that is null has nothing to divide by or is not known on
// this basis; one that is absent is not counted by this version of the API: its tile is left out.

import type { Operation } from "rfc6902";

export type Freshness = "live" | "delayed" | "stale" | "rebuilding" | "incomplete";

/** How fresh an answer is. `as_of`: all that Kafka had taken by then is counted. */
export interface Stamp {
  /** null: no worker has said anything yet. */
  as_of: string | null;
  lag_ms: number | null;
  revision: string;
  settled: boolean;
  state: Freshness;
  definition_version: number;
  timezone: string;
  currency: string | null;
}

export interface Stamped {
  stamp: Stamp;
}

/** What leads from a view as its stream gave it last, at one revision, to the next (RFC 6902). */
export interface Patch {
  from: string;
  patch: Operation[];
}

export type CampaignStatus = "active" | "not_active" | "suspended";

export interface CampaignRow {
  id: string;
  code: string | null;
  name: string;
  status: CampaignStatus;
  orders: number;
  revenue_net: number | null;
  currency: string | null;
  created_at: string;
  updated_at: string | null;
}

/** Currency, name, amount. */
export type Money = Record<string, Record<string, number>>;

/** The days that the numbers are of, both included; null where there is no number at all, or no beginning. */
export interface PeriodView {
  from: string | null;
  to: string | null;
}

export interface CampaignList extends Stamped {
  items: CampaignRow[];
  totals: {
    campaigns: number;
    active_campaigns: number;
    orders: number;
    revenue_net: number | null;
    by_currency: Money;
    unconverted: boolean;
  };
  period: PeriodView;
  /** Amounts are null because the reader may not see them. */
  withheld: boolean;
  next_cursor: string | null;
}

export interface Campaign {
  id: string;
  code: string | null;
  name: string;
  status: CampaignStatus;
  created_at: string;
  updated_at: string | null;
  start_at: string | null;
  end_at: string | null;
}

export type Basis = "created" | "closed" | "as_of";

export interface FunnelRow {
  /** null: opportunities without a step. */
  step_id: string | null;
  name: string | null;
  /** null: a step that the campaign no longer has. */
  position: number | null;
  /** Open and won ones whose step this is. */
  current: number;
  lost: number;
  reached: number | null;
  registered: number | null;
  unregistered: number | null;
}

export interface OutcomeRow {
  status: "open" | "won" | "lost";
  opportunities: number | null;
  customers: number | null;
  share: number | null;
}

export interface ProbabilityRow {
  /** null: not assessed by its owner. */
  from: number | null;
  to: number | null;
  opportunities: number;
  share: number | null;
}

export type Totals = Partial<Record<string, number | null>>;

export interface Overview extends Stamped {
  campaign: Campaign;
  period: PeriodView;
  totals: Totals;
  by_currency: Money;
  /** Amounts in other currencies without a rate are in no total. */
  unconverted: boolean;
  /** Amounts are null because the reader may not see them. */
  withheld: boolean;
  funnel: FunnelRow[];
  outcomes: OutcomeRow[];
  /** null: not known on this basis. */
  probability: ProbabilityRow[] | null;
}

/** How a number is calculated, in both languages. */
export interface Definition {
  name: string;
  /** The row of the metrics contract. */
  row: string;
  title: { en: string; vi: string };
  definition: { en: string; vi: string };
}

export interface Definitions {
  definition_version: number;
  items: Definition[];
}
