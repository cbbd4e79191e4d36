import { computed, effect, signal, useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { now } from "../clock.ts";
import type { Stamped } from "../contract.ts";
import { currentFeed, type Feed, paused } from "../feed.ts";
import { NOTHING } from "../formats.ts";
import { type Badge, type BadgeState, badge } from "../freshness.ts";
import { formats, words } from "../preferences.ts";
import { Popover } from "./popover.tsx";

export function freshness(feed: Feed<Stamped> | null): Badge {
  if (feed === null) return { state: "connecting", ageMs: null };
  return badge(feed.received.value, feed.link.value, paused.value, now.value);
}

/** The state alone: whoever reads it is drawn again when it changes, not each second. */
export function useFreshness(feed: Feed<Stamped>): BadgeState {
  return useMemo(() => computed(() => freshness(feed).state), [feed]).value;
}

/** 2 s, 14 min, 3 h, 5 d */
export function ageText(ms: number): string {
  const { live } = words.value;
  const seconds = Math.floor(ms / 1000);
  const count = (value: number) => formats.value.count(Math.floor(value));
  if (seconds < 60) return live.seconds(count(seconds));
  if (seconds < 3600) return live.minutes(count(seconds / 60));
  if (seconds < 48 * 3600) return live.hours(count(seconds / 3600));
  return live.days(count(seconds / 86_400));
}

/** Shape, word and colour say the same; the age is counted up each second from the last stamp. */
export function LiveBadge() {
  const feed = currentFeed.value;
  const state = useComputed(() => freshness(currentFeed.value).state);
  const detail = useComputed(() => detailOf(currentFeed.value, freshness(currentFeed.value)));
  const text = words.value.live;
  // A page without numbers, because there are none or the reader may not see them, has no age.
  if (feed === null || feed.problem.value?.passing === false) return null;
  return (
    <Popover
      id="live"
      label={text.title}
      buttonClass={`live is-${state.value}`}
      panelClass="how"
      face={
        <>
          <i aria-hidden="true" />
          <span>
            <b>{text.states[state.value]}</b> <span class="live-detail">{detail}</span>
          </span>
        </>
      }
    >
      {(close) => <LiveDetails feed={feed} close={close} />}
    </Popover>
  );
}

function detailOf(feed: Feed<Stamped> | null, { state, ageMs }: Badge): string {
  const text = words.value.live;
  if (ageMs === null) return "";
  if (state === "paused") return text.waiting(formats.value.count(feed?.waiting.value ?? 0));
  return state === "live" ? text.ago(ageText(ageMs)) : ageText(ageMs);
}

function LiveDetails({ feed, close }: { feed: Feed<Stamped>; close: () => void }) {
  const text = words.value.live;
  const received = feed.received.value;
  const { state, ageMs } = freshness(feed);
  const toggle = () => {
    paused.value = !paused.value;
    close();
  };
  return (
    <>
      <h3>{text.title}</h3>
      <dl class="facts">
        <dt>{text.state}</dt>
        <dd>{text.states[state]}</dd>
        {received !== null && (
          <>
            <dt>{text.completeUntil}</dt>
            <dd>{formats.value.instant(received.stamp.as_of, received.stamp.timezone)}</dd>
            <dt>{text.delay}</dt>
            <dd>{ageMs === null ? NOTHING : ageText(ageMs)}</dd>
            <dt>{text.settled}</dt>
            <dd>{received.stamp.settled ? text.yes : text.notYet}</dd>
            <dt>{text.revision}</dt>
            <dd class="mono">{received.stamp.revision}</dd>
          </>
        )}
      </dl>
      <p class="quiet small-text">{text.note}</p>
      <button type="button" class="button small" onClick={toggle}>
        {paused.value ? text.resume : text.pause} <kbd>L</kbd>
      </button>
      <label class="check">
        <input
          type="checkbox"
          checked={announcing.value}
          onChange={(event) => {
            announcing.value = event.currentTarget.checked;
          }}
        />
        {text.announce}
      </label>
    </>
  );
}

// ---- what a screen reader is told: a change of state at once; that numbers have changed, only on request and seldom ----

const ANNOUNCE_EVERY_MS = 30_000;
const QUIET_STATES: readonly BadgeState[] = ["connecting", "paused"];
const announcing = signal(false);
const announcement = signal("");

export function Announcer() {
  useEffect(announce, []);
  return (
    <div class="sr" role="status">
      {announcement}
    </div>
  );
}

function announce(): () => void {
  let said: BadgeState = "live";
  let revision: string | null = null;
  let lastAt = 0;
  return effect(() => {
    const feed = currentFeed.value;
    const { state } = freshness(feed);
    const newest = feed?.received.value?.stamp.revision ?? null;
    if (state !== said && !QUIET_STATES.includes(state)) {
      said = state;
      announcement.value = words.peek().live.states[state];
    } else if (
      announcing.value &&
      revision !== null &&
      newest !== revision &&
      now.value - lastAt >= ANNOUNCE_EVERY_MS
    ) {
      lastAt = now.value;
      announcement.value = "";
      queueMicrotask(() => {
        announcement.value = words.peek().live.changed;
      });
    }
    revision = newest;
  });
}
