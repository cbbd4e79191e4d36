import { useEffect, useRef, useState } from "preact/hooks";
import { byOrders, CAMPAIGNS, type ListAddress, periodQuery } from "../address.ts";
import { Empty, Failure } from "../components/empty.tsx";
import { Foot } from "../components/foot.tsx";
import { useFreshness } from "../components/live-badge.tsx";
import { PeriodPicker } from "../components/period-picker.tsx";
import { RowsSkeleton } from "../components/skeleton.tsx";
import { FreshnessStrip } from "../components/strip.tsx";
import type { CampaignList } from "../contract.ts";
import type { Feed, Source } from "../feed.ts";
import { go } from "../navigation.ts";
import { words } from "../preferences.ts";
import { Pager } from "./campaigns-pager.tsx";
import { CampaignTable } from "./campaigns-table.tsx";
import { ListToolbar } from "./campaigns-toolbar.tsx";
import { boundsIn, Totals } from "./campaigns-totals.tsx";
import { useFeed } from "./use-feed.ts";
import { useTitle } from "./use-title.ts";

/** All campaigns: three totals that cover everything, and a table that search and filters narrow. */
export function CampaignsPage({ at: asked }: { at: ListAddress }) {
  // Whoever may not see amounts may not sort by them either, which is the order that nobody asked for.
  const [amountsRefused, setAmountsRefused] = useState(false);
  const at = amountsRefused ? byOrders(asked) : asked;
  const feed = useFeed<CampaignList>(sourceOf(at));
  const list = feed.shown.value;
  const retries = feed.problem.value?.kind === "forbidden" && byOrders(at) !== at;
  useEffect(() => {
    if (retries) setAmountsRefused(true);
  }, [retries]);
  const days = new URLSearchParams(periodQuery(at.period)).toString();
  const last = useRef<{ list: CampaignList; days: string } | null>(null);
  if (list !== null) last.current = { list, days };
  // The totals ignore the search: they stay while the table below is asked again, unless it is asked for other days.
  const totals = last.current?.days === days ? last.current.list : null;
  const zone = last.current?.list.stamp.timezone ?? "UTC";
  const stale = useFreshness(feed) === "stale";
  const text = words.value;
  const failed = list === null && feed.problem.value !== null && !retries;
  useTitle(text.campaigns);
  return (
    <>
      <div class="head alone">
        <h1 tabIndex={-1}>{text.campaigns}</h1>
        <div class="controls">
          <PeriodPicker
            period={at.period}
            answered={boundsIn(list)}
            zone={zone}
            onPick={(period) => go({ ...at, period, cursor: null })}
          />
        </div>
      </div>
      <div class={stale ? "grid is-stale" : "grid"}>
        <FreshnessStrip feed={feed} />
        <Totals list={failed ? null : totals} loading={totals === null && !failed} at={at} zone={zone} />
        <section class="card" aria-label={text.list.caption}>
          <ListToolbar at={at} list={list} />
          {retries ? <RowsSkeleton /> : <Rows at={at} feed={feed} />}
          <Pager at={at} list={list} />
        </section>
      </div>
      <Foot feed={feed} />
    </>
  );
}

function sourceOf(at: ListAddress): Source {
  const query = new URLSearchParams({ ...periodQuery(at.period), sort: at.sort, limit: String(at.limit) });
  if (at.search !== "") query.set("search", at.search);
  if (at.active) query.set("active", "true");
  if (at.cursor !== null) query.set("cursor", at.cursor);
  // The stream tells of all campaigns in one order; this page asks for its own rows as soon as anything changed.
  const stream = `/v1/stream?${new URLSearchParams(periodQuery(at.period))}`;
  return { view: `/v1/campaigns?${query}`, stream, snapshots: "nudge" };
}

function Rows({ at, feed }: { at: ListAddress; feed: Feed<CampaignList> }) {
  const text = words.value.list;
  const list = feed.shown.value;
  const problem = feed.problem.value;
  if (list === null && problem !== null) {
    return (
      <Failure
        problem={problem}
        title={words.value.problems.list}
        retryAt={feed.retryAt.value}
        onRetry={() => feed.retry()}
      />
    );
  }
  if (list === null) return <RowsSkeleton />;
  if (list.items.length > 0) return <CampaignTable key={sourceOf(at).view} at={at} list={list} />;
  const all = { text: text.clear, run: () => go({ ...CAMPAIGNS, period: at.period, limit: at.limit }) };
  if (at.search !== "" || at.active)
    return <Empty icon="search" title={text.noneFound} why={text.noneFoundWhy} action={all} />;
  if (at.cursor !== null) return <Empty icon="bars" title={text.noRows} action={{ ...all, text: text.firstPage }} />;
  return <Empty icon="bars" title={text.none} why={text.noneWhy} />;
}
