import { useEffect, useRef, useState } from "preact/hooks";
import { type Day, firstOfMonth, plusDays, plusMonths, weekday } from "../days.ts";
import type { Bounds } from "../period.ts";
import { formats, words } from "../preferences.ts";
import { Icon } from "./icon.tsx";

interface CalendarProps {
  chosen: Bounds | null;
  today: Day;
  onPick: (day: Day) => void;
}

const KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** One month of days. The arrow keys walk over them, also past the month's ends. */
export function Calendar({ chosen, today, onPick }: CalendarProps) {
  // A period may be years long: open it where the reader is, at its end or today, whichever comes first.
  const opened = chosen === null || chosen.to > today ? today : chosen.to;
  const [focused, setFocused] = useState<Day>(opened);
  const [month, setMonth] = useState<Day>(firstOfMonth(opened));
  const walked = useRef(false);
  const grid = useRef<HTMLTableElement>(null);
  useEffect(() => {
    if (walked.current) grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    walked.current = false;
  });
  const walk = (event: KeyboardEvent) => {
    const step = KEYS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const day = plusDays(focused, step);
    walked.current = true;
    setFocused(day);
    setMonth(firstOfMonth(day));
  };
  const turn = (step: -1 | 1) => {
    const next = plusMonths(month, step);
    setMonth(next);
    setFocused(next);
  };
  const text = words.value.period;
  return (
    <div class="calendar">
      <div class="calendar-head">
        <button type="button" class="icon-button" aria-label={text.previousMonth} onClick={() => turn(-1)}>
          <Icon name="left" />
        </button>
        <b aria-live="polite">{formats.value.month(month)}</b>
        <button type="button" class="icon-button" aria-label={text.nextMonth} onClick={() => turn(1)}>
          <Icon name="right" />
        </button>
      </div>
      <table ref={grid} onKeyDown={walk}>
        <thead>
          <tr>
            {formats.value.weekdays().map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <td key={day} class={looksOf(day, month, today, chosen)}>
                  <button
                    type="button"
                    tabIndex={day === focused ? 0 : -1}
                    aria-label={formats.value.day(day)}
                    aria-current={day === today ? "date" : undefined}
                    aria-pressed={isWithin(day, chosen)}
                    onClick={() => onPick(day)}
                  >
                    {Number(day.slice(8))}
                  </button>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Six weeks from Monday on, so that the panel keeps its height from month to month. */
function weeksOf(month: Day): Day[][] {
  const start = plusDays(month, -weekday(month));
  return [0, 1, 2, 3, 4, 5].map((week) => [0, 1, 2, 3, 4, 5, 6].map((day) => plusDays(start, week * 7 + day)));
}

function isWithin(day: Day, chosen: Bounds | null): boolean {
  return chosen !== null && chosen.from <= day && day <= chosen.to;
}

function looksOf(day: Day, month: Day, today: Day, chosen: Bounds | null): string {
  const looks = [
    isWithin(day, chosen) && "within",
    day === chosen?.from && "first",
    day === chosen?.to && "last",
    (day > today || firstOfMonth(day) !== month) && "quiet",
    day === today && "today",
  ];
  return looks.filter(Boolean).join(" ");
}
