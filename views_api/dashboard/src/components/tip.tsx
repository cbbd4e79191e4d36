import { signal } from "@preact/signals";

export interface TipText {
  title: string;
  rows: [string, string][];
}

const shown = signal<(TipText & { x: number; y: number }) | null>(null);
const EDGE = 8;
const WIDEST = 280;

/** Handlers that show the exact figures of a mark, by pointer and by keyboard. */
export function tipOf(text: TipText) {
  return {
    onPointerMove: (event: PointerEvent) => {
      shown.value = { ...text, x: event.clientX + 14, y: event.clientY + 16 };
    },
    onPointerLeave: hide,
    onFocus: (event: FocusEvent) => {
      const mark = event.currentTarget as Element;
      if (!mark.matches(":focus-visible")) return;
      const box = mark.getBoundingClientRect();
      shown.value = { ...text, x: box.left, y: box.bottom + 4 };
    },
    onBlur: hide,
  };
}

function hide(): void {
  shown.value = null;
}

/** The one tip of the page. A screen reader does not need it: a mark's name says the same. */
export function Tip() {
  const tip = shown.value;
  if (tip === null) return null;
  const height = 24 + tip.rows.length * 19;
  const style = {
    left: `${Math.max(EDGE, Math.min(tip.x, innerWidth - WIDEST - EDGE))}px`,
    top: `${Math.max(EDGE, Math.min(tip.y, innerHeight - height - EDGE))}px`,
  };
  return (
    <div class="tip" style={style} aria-hidden="true">
      <b>
        <bdi>{tip.title}</bdi>
      </b>
      {tip.rows.map(([key, value]) => (
        <div class="tip-row" key={key}>
          <span>{key}</span>
          <span>{value}</span>
        </div>
      ))}
    </div>
  );
}
