import type { Stamped } from "../contract.ts";
import type { Feed } from "../feed.ts";
import { NOTHING } from "../formats.ts";
import { formats, words } from "../preferences.ts";
import { countdown, reasonOf } from "./empty.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { useFreshness } from "./live-badge.tsx";

/** One line above the numbers when they are not what the reader would take them for. */
export function FreshnessStrip({ feed }: { feed: Feed<Stamped> }) {
  const state = useFreshness(feed);
  const text = words.value.strips;
  const problem = feed.problem.value;
  if (feed.shown.value === null) return null;
  if (problem !== null) {
    return (
      <Strip look="grey" icon="cloud" title={reasonOf(problem)} onRetry={() => feed.retry()}>
        <Retry feed={feed} />
      </Strip>
    );
  }
  switch (state) {
    case "stale":
      return (
        <Strip look="grey" icon="cloud" title={text.stale(stoppedAt(feed))}>
          {text.staleWhy}
        </Strip>
      );
    case "rebuilding":
      return (
        <Strip look="info" icon="clock" title={text.rebuilding}>
          {text.rebuildingWhy}
        </Strip>
      );
    case "incomplete":
      return (
        <Strip look="careful" icon="warning" title={text.incomplete}>
          {text.incompleteWhy}
        </Strip>
      );
    default:
      return null;
  }
}

interface StripProps {
  look: "grey" | "info" | "careful";
  icon: IconName;
  title: string;
  onRetry?: () => void;
  children: preact.ComponentChildren;
}

function Strip({ look, icon, title, onRetry, children }: StripProps) {
  return (
    <div class={`strip ${look}`}>
      <Icon name={icon} />
      <p>
        <b>{title}</b> <span>{children}</span>
      </p>
      {onRetry !== undefined && (
        <button type="button" class="button small" onClick={onRetry}>
          {words.value.problems.tryNow}
        </button>
      )}
    </div>
  );
}

function Retry({ feed }: { feed: Feed<Stamped> }) {
  const text = words.value.strips;
  return <>{countdown(feed.retryAt.value, text.offlineWhy, text.offlineNow)}</>;
}

function stoppedAt(feed: Feed<Stamped>): string {
  const received = feed.received.value;
  const asOf = received?.stamp.as_of ?? null;
  return received === null || asOf === null ? NOTHING : formats.value.instant(asOf, received.stamp.timezone);
}
