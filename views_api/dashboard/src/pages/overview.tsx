import { computed, type ReadonlySignal, useComputed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { CAMPAIGNS, type OverviewAddress, periodQuery } from "../address.ts";
import { BasisMenu } from "../components/basis-menu.tsx";
import { Empty, Failure } from "../components/empty.tsx";
import { Foot } from "../components/foot.tsx";
import { Link } from "../components/link.tsx";
import { useFreshness } from "../components/live-badge.tsx";
import { PeriodPicker } from "../components/period-picker.tsx";
import { OverviewSkeleton } from "../components/skeleton.tsx";
import { FreshnessStrip } from "../components/strip.tsx";
import type { Campaign, Overview } from "../contract.ts";
import type { Feed, Source } from "../feed.ts";
import { plain } from "../names.ts";
import { go } from "../navigation.ts";
import { words } from "../preferences.ts";
import { Funnel } from "./overview-funnel.tsx";
import { Head } from "./overview-head.tsx";
import { Probability } from "./overview-probability.tsx";
import { Registration } from "./overview-registration.tsx";
import { Results } from "./overview-results.tsx";
import { Tiles } from "./overview-tiles.tsx";
import { useFeed } from "./use-feed.ts";
import { useTitle } from "./use-title.ts";

/** One campaign: how much, how well, where it is stuck. */
export function OverviewPage({ at }: { at: OverviewAddress }) {
  const feed = useFeed<Overview>(sourceOf(at));
  const text = words.value;
  const overview = feed.shown.value;
  const campaign = useLastKnown(overview, at.id);
  const zone = useRef("UTC");
  if (overview !== null) zone.current = overview.stamp.timezone;
  useTitle(campaign === null ? text.overview : plain(campaign.name));
  return (
    <>
      <Head campaign={campaign} id={at.id} failed={feed.problem.value !== null} zone={zone.current} />
      <div class="bar">
        <nav class="tabs" aria-label={campaign === null ? undefined : plain(campaign.name)}>
          <Link to={at} current>
            {text.overview}
          </Link>
        </nav>
        <div class="controls">
          <PeriodPicker
            period={at.period}
            answered={boundsIn(overview)}
            zone={zone.current}
            onPick={(period) => go({ ...at, period })}
          />
        </div>
      </div>
      <div class="pills">
        <BasisMenu basis={at.basis} onPick={(basis) => go({ ...at, basis })} />
        <span>{text.basis.note}</span>
      </div>
      <Body at={at} feed={feed} />
      <Foot feed={feed} />
    </>
  );
}

function sourceOf(at: OverviewAddress): Source {
  const path = `/v1/campaigns/${encodeURIComponent(at.id)}`;
  const query = new URLSearchParams({ ...periodQuery(at.period), basis: at.basis });
  return { view: `${path}/overview?${query}`, stream: `${path}/stream?views=overview&${query}`, snapshots: "view" };
}

function boundsIn(overview: Overview | null) {
  const { from, to } = overview?.period ?? { from: null, to: null };
  return from === null || to === null ? null : { from, to };
}

/** The head stays while another period of the same campaign is loaded. */
function useLastKnown(overview: Overview | null, id: string): Campaign | null {
  const known = useRef<Campaign | null>(null);
  if (overview !== null) known.current = overview.campaign;
  return known.current?.id === id ? known.current : null;
}

function Body({ at, feed }: { at: OverviewAddress; feed: Feed<Overview> }) {
  const text = words.value.problems;
  const loaded = useMemo(() => computed(() => feed.shown.value !== null), [feed]);
  const problem = feed.problem.value;
  if (loaded.value) return <Numbers key={sourceOf(at).view} at={at} feed={feed} />;
  if (problem === null) return <OverviewSkeleton />;
  return (
    <div class="grid">
      <div class="card">
        {problem.kind === "not_found" ? (
          <Empty
            icon="bars"
            title={text.notFound}
            why={text.notFoundWhy(at.id)}
            action={{ text: text.toCampaigns, run: () => go(CAMPAIGNS) }}
          />
        ) : (
          <Failure problem={problem} title={text.overview} retryAt={feed.retryAt.value} onRetry={() => feed.retry()} />
        )}
      </div>
    </div>
  );
}

function Numbers({ at, feed }: { at: OverviewAddress; feed: Feed<Overview> }) {
  const overview = useShown(feed);
  const stale = useFreshness(feed) === "stale";
  return (
    <div class={stale ? "grid is-stale" : "grid"}>
      <FreshnessStrip feed={feed} />
      <Tiles overview={overview} />
      <Charts at={at} overview={overview} />
    </div>
  );
}

function Charts({ at, overview }: { at: OverviewAddress; overview: ReadonlySignal<Overview> }) {
  const shown = overview.value;
  const showAll = at.period.kind === "all" ? null : () => go({ ...at, period: { kind: "all", at: null } });
  return (
    <>
      <Funnel
        overview={shown}
        mode={at.funnel}
        onMode={(funnel) => go({ ...at, funnel }, { replace: true })}
        onShowAll={showAll}
      />
      <div class="stack five">
        <Results overview={shown} />
        {shown.probability !== null && (
          <Probability rows={shown.probability} predicted={shown.totals.predicted_success_pct ?? null} />
        )}
      </div>
      <Registration overview={shown} />
    </>
  );
}

/** What the feed shows, and for the moment in which it takes its numbers back, what it showed. */
function useShown(feed: Feed<Overview>): ReadonlySignal<Overview> {
  const last = useRef(feed.shown.peek() as Overview);
  return useComputed(() => {
    last.current = feed.shown.value ?? last.current;
    return last.current;
  });
}
