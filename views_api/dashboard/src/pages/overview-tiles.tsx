import { type ReadonlySignal, useComputed } from "@preact/signals";
import { Figure } from "../components/figure.tsx";
import { How } from "../components/how.tsx";
import { Withheld } from "../components/withheld.tsx";
import type { OutcomeRow, Overview, Stamp } from "../contract.ts";
import type { Formats } from "../formats.ts";
import { formats, words } from "../preferences.ts";
import { shares } from "../shares.ts";
import type { Words } from "../words/index.ts";

type TileName = Exclude<keyof Words["tiles"] & keyof typeof TILES, never>;

interface TileLook {
  rank: 1 | 2;
  /** Needs the full width of a phone: the longest amount. */
  wide?: boolean;
  unit: "count" | "percent" | "money";
  /** A small figure behind the number. */
  beside?: (overview: Overview, format: Formats) => string;
  /** One quiet line below it. */
  note?: (overview: Overview, format: Formats, text: Words["tiles"]) => string;
}

/** The key figures in the order in which they are read: how much, how well, from what. */
const TILES = {
  revenue_net: { rank: 1, wide: true, unit: "money", note: revenueNote },
  opportunities: {
    rank: 1,
    unit: "count",
    note: ({ totals }, format, text) => (totals.customers ? text.customers(format.count(totals.customers)) : ""),
  },
  won: { rank: 1, unit: "count", note: outcomeNote("won") },
  win_rate: { rank: 1, unit: "percent", note: closedNote },
  orders: { rank: 1, unit: "count", note: ordersNote },
  aov: { rank: 1, wide: true, unit: "money" },
  registered: { rank: 2, unit: "count", beside: registeredShare(0) },
  unregistered: { rank: 2, unit: "count", beside: registeredShare(1) },
  open: { rank: 2, unit: "count", note: outcomeNote("open") },
  lost: { rank: 2, unit: "count", note: outcomeNote("lost") },
  value_open: { rank: 2, unit: "money", note: weightedNote },
  predicted_success_pct: {
    rank: 2,
    unit: "percent",
    note: ({ totals }, format, text) =>
      totals.expected_wins ? text.expectedWins(format.count(totals.expected_wins)) : "",
  },
} satisfies Record<string, TileLook>;

const NAMES = Object.keys(TILES) as TileName[];

/** The key figures: one panel divided by lines. What the API does not count yet has no tile. */
export function Tiles({ overview }: { overview: ReadonlySignal<Overview> }) {
  const present = useComputed(() => NAMES.filter((name) => overview.value.totals[name] !== undefined).join(" "));
  return (
    <section class="tiles" aria-label={words.value.tiles.label}>
      {(present.value.split(" ") as TileName[]).map((name) => (
        <Tile key={name} name={name} overview={overview} />
      ))}
    </section>
  );
}

/** Reads only what it shows, so that an event redraws the tiles whose numbers it changed and no other. */
function Tile({ name, overview }: { name: TileName; overview: ReadonlySignal<Overview> }) {
  const look: TileLook = TILES[name];
  const value = useComputed(() => overview.value.totals[name] ?? null);
  const number = useComputed(() => numberOf(look.unit, value.value, overview.value.stamp, formats.value));
  const beside = useComputed(() => look.beside?.(overview.value, formats.value) ?? "");
  const note = useComputed(() => look.note?.(overview.value, formats.value, words.value.tiles) ?? "");
  const withheld = useComputed(() => look.unit === "money" && overview.value.withheld);
  const label = words.value.tiles[name];
  const classes = ["tile", look.rank === 2 && "second", look.wide === true && "wide"].filter(Boolean).join(" ");
  return (
    <fieldset class={classes} data-tile={name} data-anchor>
      <legend class="sr">{label}</legend>
      <div class="tile-label">
        <span aria-hidden="true">{label}</span>
        <How name={name} label={label} stamp={overview.peek().stamp} />
      </div>
      <p class={number.value.length > 16 ? "tile-value long" : "tile-value"}>
        {withheld.value ? <Withheld /> : <Figure value={value.value} text={number.value} />}
        {beside.value !== "" && <small>{beside}</small>}
      </p>
      <p class="tile-note">{note}</p>
    </fieldset>
  );
}

function numberOf(unit: TileLook["unit"], value: number | null, stamp: Stamp, format: Formats): string {
  if (unit === "money") return format.money(value, stamp.currency);
  return unit === "percent" ? format.percent(value) : format.count(value);
}

/** The same share as in the results below: rounded together with the other two, so that they add up. */
function outcomeNote(status: OutcomeRow["status"]) {
  return ({ outcomes }: Overview, format: Formats, text: Words["tiles"]): string => {
    const known = outcomes.flatMap((row) =>
      row.opportunities === null ? [] : [{ ...row, opportunities: row.opportunities }],
    );
    const share = shares(known.map((row) => row.opportunities))[known.findIndex((row) => row.status === status)];
    return share == null ? "" : text.ofAll(format.percent(share));
  };
}

function registeredShare(which: 0 | 1) {
  return ({ totals: { registered, unregistered } }: Overview, format: Formats): string => {
    if (registered == null || unregistered == null) return "";
    const share = shares([registered, unregistered])[which];
    return share == null ? "" : format.percent(share);
  };
}

/** Where amounts cannot be added up, each currency is named by itself. */
function revenueNote(
  { totals, by_currency, unconverted, stamp }: Overview,
  format: Formats,
  text: Words["tiles"],
): string {
  const { revenue_gross, refunds } = totals;
  const amounts = Object.entries(by_currency).map(([currency, money]) => format.money(money.revenue_net, currency));
  if (totals.revenue_net == null) return amounts.join(" · ");
  if (unconverted) return text.unconverted;
  if (!refunds) return "";
  return text.gross(format.money(revenue_gross, stamp.currency), format.money(refunds, stamp.currency));
}

function closedNote({ totals }: Overview, format: Formats, text: Words["tiles"]): string {
  const { won, lost } = totals;
  return won == null || lost == null || won + lost === 0
    ? ""
    : text.ofClosed(format.count(won), format.count(won + lost));
}

function ordersNote({ totals }: Overview, format: Formats, text: Words["tiles"]): string {
  const { orders, orders_all, orders_cancelled, pending_attribution } = totals;
  if (orders === 0 && !orders_all && !pending_attribution) return text.noOrders;
  const parts = [
    orders_all != null && orders_all !== orders && text.placed(format.count(orders_all)),
    orders_cancelled ? text.cancelled(format.count(orders_cancelled)) : "",
    pending_attribution ? text.pending(format.count(pending_attribution)) : "",
  ];
  return parts.filter(Boolean).join(", ");
}

function weightedNote({ totals, stamp }: Overview, format: Formats, text: Words["tiles"]): string {
  const { value_weighted } = totals;
  return value_weighted ? text.weighted(format.money(value_weighted, stamp.currency)) : "";
}
