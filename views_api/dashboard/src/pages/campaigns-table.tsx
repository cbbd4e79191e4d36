import { useEffect, useRef, useState } from "preact/hooks";
import { type ListAddress, overviewOf, type Sort, type SortField } from "../address.ts";
import { Figure } from "../components/figure.tsx";
import { Link } from "../components/link.tsx";
import { Name } from "../components/name.tsx";
import { Status } from "../components/status.tsx";
import { Withheld } from "../components/withheld.tsx";
import type { CampaignList, CampaignRow, Stamp } from "../contract.ts";
import { NOTHING } from "../formats.ts";
import { plain } from "../names.ts";
import { go } from "../navigation.ts";
import { formats, words } from "../preferences.ts";
import { steadyRows } from "./steady-rows.ts";

/** A row of the page, or one that has left it under the pointer: its numbers are not known any more. */
type ShownRow = Omit<CampaignRow, "orders"> & { orders: number | null };

/** Whose heading was pressed last: the table with other rows is a new one, whose heading gets the focus back. */
let pressed: SortField | null = null;

/** One row per campaign; on a phone, one card. Rows do not move under the pointer or the focus. */
export function CampaignTable({ at, list }: { at: ListAddress; list: CampaignList }) {
  const [pointedAt, setPointedAt] = useState(false);
  const shown = useRef<readonly ShownRow[]>([]);
  shown.current = steadyRows<ShownRow>(shown.current, list.items, pointedAt, withoutNumbers);
  const text = words.value.list;
  const { columns } = text;
  const leave = (event: FocusEvent) => {
    if (!(event.currentTarget as Element).contains(event.relatedTarget as Node | null)) setPointedAt(false);
  };
  return (
    <div class="scroll">
      <table class="campaigns pinned">
        <caption class="sr">{text.caption}</caption>
        <thead>
          <tr>
            <SortableHead at={at} field="name" name={columns.name} />
            <th scope="col">{columns.status}</th>
            <SortableHead at={at} field="orders" name={columns.orders} />
            <SortableHead at={at} field="revenue_net" name={columns.value} />
            <SortableHead at={at} field="created_at" name={columns.created} />
            <SortableHead at={at} field="updated_at" name={columns.updated} />
          </tr>
        </thead>
        <tbody
          onPointerEnter={() => setPointedAt(true)}
          onPointerLeave={() => setPointedAt(false)}
          onFocusIn={() => setPointedAt(true)}
          onFocusOut={leave}
        >
          {shown.current.map((row) => (
            <Row key={row.id} row={row} at={at} stamp={list.stamp} withheld={list.withheld} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SortableHead({ at, field, name }: { at: ListAddress; field: SortField; name: string }) {
  const isUp = at.sort === field;
  const isDown = at.sort === `-${field}`;
  // Names are looked for from the start of the alphabet, everything else from the greatest down.
  const first: Sort = field === "name" ? field : `-${field}`;
  const turned: Sort = isDown ? field : `-${field}`;
  const sort = isUp || isDown ? turned : first;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (pressed !== field) return;
    pressed = null;
    if (document.activeElement === document.body) button.current?.focus({ preventScroll: true });
  }, [field]);
  const press = () => {
    pressed = field;
    go({ ...at, sort, cursor: null }, { replace: true });
  };
  return (
    <th
      scope="col"
      class={field === "name" ? undefined : "number"}
      aria-sort={isUp ? "ascending" : isDown ? "descending" : undefined}
    >
      <button type="button" ref={button} onClick={press}>
        {name}
        {isUp && " ↑"}
        {isDown && " ↓"}
      </button>
    </th>
  );
}

function withoutNumbers(row: ShownRow): ShownRow {
  return { ...row, orders: null, revenue_net: null };
}

interface RowProps {
  row: ShownRow;
  at: ListAddress;
  stamp: Stamp;
  withheld: boolean;
}

function Row({ row, at, stamp, withheld }: RowProps) {
  const format = formats.value;
  const day = (instant: string | null) => (instant === null ? NOTHING : format.dayOf(instant, stamp.timezone));
  return (
    <tr>
      <th scope="row">
        <Link class="campaign-name" to={overviewOf(row.id, at.period)} title={plain(row.name)}>
          <Name text={row.name} />
        </Link>
        <span class="mono campaign-code">
          <Name text={row.code ?? ""} />
        </span>
      </th>
      <td>
        <Status status={row.status} />
      </td>
      <td class="number">
        <Figure value={row.orders} text={format.count(row.orders)} />
        <span class="phone-word">{words.value.list.ordersWord(format.count(row.orders))}</span>
      </td>
      <td class={`number ${looksOf(row.revenue_net)}`}>
        {withheld ? (
          <Withheld />
        ) : (
          <Figure value={row.revenue_net} text={format.money(row.revenue_net, row.currency)} />
        )}
      </td>
      <td class="number quiet not-on-phone">{day(row.created_at)}</td>
      <td class="number quiet not-on-phone">{day(row.updated_at)}</td>
    </tr>
  );
}

function looksOf(amount: number | null): string {
  if (amount === null || amount === 0) return "quiet";
  return amount < 0 ? "bad" : "strong";
}
