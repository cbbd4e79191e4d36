import { useState } from "preact/hooks";
import { serverTime } from "../clock.ts";
import { type Day, todayIn } from "../days.ts";
import type { Formats } from "../formats.ts";
import { type Bounds, boundsOf, neighbour, type Period, PRESETS, type Preset } from "../period.ts";
import { formats, words } from "../preferences.ts";
import type { Words } from "../words/index.ts";
import { Calendar } from "./calendar.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";

export const PERIOD_KEYS: Partial<Record<Preset, string>> = {
  today: "D",
  week: "W",
  month: "M",
  quarter: "Q",
  year: "Y",
  all: "A",
};

/** Presets after which the list draws a line. */
const LAST_OF_GROUP: readonly Preset[] = ["year", "all"];

interface PeriodPickerProps {
  period: Period;
  /** First and last day as the API answered, which knows the tenant's weeks; null before the answer. */
  answered: Bounds | null;
  zone: string;
  onPick: (period: Period) => void;
}

export function PeriodPicker({ period, answered, zone, onPick }: PeriodPickerProps) {
  const today = todayIn(zone, serverTime());
  const bounds = answered ?? boundsOf(period, today);
  const text = words.value.period;
  const label = periodLabel(period, bounds, formats.value, words.value);
  const face = (
    <>
      <Icon name="calendar" />
      {label}
      <Icon name="caret" />
    </>
  );
  return (
    <div class="joined">
      <Arrow
        id="period-previous"
        icon="left"
        label={text.previous}
        to={neighbour(period, bounds, today, -1)}
        onPick={onPick}
      />
      <Popover id="period" label={text.title} buttonClass="button" panelClass="period" face={face}>
        {(close) => (
          <PeriodPanel
            period={period}
            bounds={bounds}
            zone={zone}
            today={today}
            onPick={(picked) => {
              close();
              onPick(picked);
            }}
          />
        )}
      </Popover>
      <Arrow id="period-next" icon="right" label={text.next} to={neighbour(period, bounds, today, 1)} onPick={onPick} />
    </div>
  );
}

/** November 2026, 16 – 22 Nov 2026, Last 7 days. */
export function periodLabel(period: Period, bounds: Bounds | null, format: Formats, text: Words): string {
  const { presets } = text.period;
  const isNow = period.kind !== "custom" && period.at === null;
  if (bounds === null || (isNow && period.kind === "today") || (isNow && period.kind.startsWith("last_")))
    return presets[period.kind];
  return format.calendarPeriod(period.kind, bounds) ?? format.range(bounds);
}

interface ArrowProps {
  id: string;
  icon: "left" | "right";
  label: string;
  to: Period | null;
  onPick: (period: Period) => void;
}

function Arrow({ id, icon, label, to, onPick }: ArrowProps) {
  return (
    <button
      type="button"
      id={id}
      class="button square"
      aria-label={label}
      title={label}
      disabled={to === null}
      onClick={() => to !== null && onPick(to)}
    >
      <Icon name={icon} />
    </button>
  );
}

interface PeriodPanelProps {
  period: Period;
  bounds: Bounds | null;
  zone: string;
  today: Day;
  onPick: (period: Period) => void;
}

function PeriodPanel({ period, bounds, zone, today, onPick }: PeriodPanelProps) {
  const text = words.value.period;
  const [first, setFirst] = useState<Day | null>(null);
  const pick = (day: Day) => {
    if (first === null) setFirst(day);
    else onPick({ kind: "custom", from: first < day ? first : day, to: first < day ? day : first });
  };
  return (
    <>
      <ul>
        {PRESETS.map((preset) => (
          <li key={preset} class={LAST_OF_GROUP.includes(preset) ? "last-of-group" : ""}>
            <button
              type="button"
              aria-pressed={preset === period.kind}
              onClick={() => onPick({ kind: preset, at: null })}
            >
              {text.presets[preset]}
              {PERIOD_KEYS[preset] !== undefined && <kbd>{PERIOD_KEYS[preset]}</kbd>}
            </button>
          </li>
        ))}
      </ul>
      <div class="calendar-side">
        <p class="calendar-title">
          {text.presets.custom} <kbd>C</kbd>
        </p>
        <Calendar chosen={first === null ? bounds : { from: first, to: first }} today={today} onPick={pick} />
        <p class="quiet small-text" role="status">
          {first === null ? text.pickFirst : text.pickLast} {text.zone(zone)}
        </p>
      </div>
    </>
  );
}
