import type { ComponentChildren } from "preact";
import type { ListAddress } from "../address.ts";
import { serverTime } from "../clock.ts";
import { Figure } from "../components/figure.tsx";
import { periodLabel } from "../components/period-picker.tsx";
import { Withheld } from "../components/withheld.tsx";
import type { CampaignList } from "../contract.ts";
import { todayIn } from "../days.ts";
import { type Bounds, boundsOf } from "../period.ts";
import { formats, words } from "../preferences.ts";

interface TotalsProps {
  list: CampaignList | null;
  loading: boolean;
  at: ListAddress;
  zone: string;
}

/** What all campaigns sold in the period, on the ground of the page: it ignores the search, and says so. */
export function Totals({ list, loading, at, zone }: TotalsProps) {
  const text = words.value.list;
  const format = formats.value;
  const totals = list?.totals;
  const bounds = boundsIn(list) ?? boundsOf(at.period, todayIn(zone, serverTime()));
  const period = periodLabel(at.period, bounds, format, words.value);
  return (
    <div class="totals">
      <dl aria-busy={loading}>
        <div>
          <dt>{text.activeCampaigns}</dt>
          <Total loading={loading}>
            <Figure value={totals?.active_campaigns ?? null} text={format.count(totals?.active_campaigns)} />
            {totals !== undefined && <small>{text.of(format.count(totals.campaigns))}</small>}
          </Total>
        </div>
        <div>
          <dt>{text.orders}</dt>
          <Total loading={loading}>
            <Figure value={totals?.orders ?? null} text={format.count(totals?.orders)} />
          </Total>
        </div>
        <div>
          <dt>{text.value}</dt>
          <Total loading={loading}>
            <Value list={list} />
          </Total>
        </div>
      </dl>
      <p>
        {text.note(period)} {totals?.unconverted === true && totals.revenue_net !== null && `${text.unconverted} `}
        {text.noteScope}
      </p>
    </div>
  );
}

/** The days that the API counted; null before its answer, and for a period without a beginning. */
export function boundsIn(list: CampaignList | null): Bounds | null {
  const { from, to } = list?.period ?? { from: null, to: null };
  return from === null || to === null ? null : { from, to };
}

function Total({ loading, children }: { loading: boolean; children: ComponentChildren }) {
  return loading ? <dd class="skeleton-line tall" /> : <dd>{children}</dd>;
}

/** One amount; where amounts of several currencies cannot be added up, each of them. */
function Value({ list }: { list: CampaignList | null }) {
  const format = formats.value;
  const totals = list?.totals;
  if (list?.withheld) return <Withheld />;
  const several = Object.entries(totals?.by_currency ?? {});
  if (totals?.revenue_net == null && several.length > 0) {
    return (
      <>
        {several.map(([currency, money], index) => (
          <span key={currency} class="amount">
            {index > 0 && " + "}
            <Figure value={money.revenue_net ?? null} text={format.money(money.revenue_net, currency)} />
          </span>
        ))}
      </>
    );
  }
  return <Figure value={totals?.revenue_net ?? null} text={format.money(totals?.revenue_net, list?.stamp.currency)} />;
}
