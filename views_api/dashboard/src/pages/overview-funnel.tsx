import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { ChartCard, roam, Switch, type Table } from "../components/card.tsx";
import { Empty } from "../components/empty.tsx";
import { Figure } from "../components/figure.tsx";
import { tipOf } from "../components/tip.tsx";
import type { Overview } from "../contract.ts";
import { plain } from "../names.ts";
import { formats, words } from "../preferences.ts";
import { type FoldedLines, type FunnelLine, folded, linesOf } from "./funnel-lines.ts";

interface FunnelProps {
  overview: Overview;
  mode: "current" | "reached";
  onMode: (mode: "current" | "reached") => void;
  /** Leads out of a period without opportunities; null where all of them are shown already. */
  onShowAll: (() => void) | null;
}

/** Where the opportunities are: one row per step, because lengths compare better than the slices of a cone. */
export function Funnel({ overview, mode, onMode, onShowAll }: FunnelProps) {
  const text = words.value.funnel;
  const lines = linesOf(overview.funnel);
  const whole = overview.totals.opportunities ?? lines.reduce((sum, line) => sum + line.total, 0);
  const steps = lines.filter((line) => line.place !== null);
  const canReach = whole > 0 && steps.some((line) => line.reached !== null);
  const reached = mode === "reached" && canReach;
  const options = [
    ["current", text.current],
    ["reached", text.reached],
  ] as const;
  return (
    <ChartCard
      title={text.title}
      sentence={sentenceOf(steps, whole, reached)}
      span="seven"
      tools={
        canReach && (
          <Switch label={text.title} options={options} chosen={reached ? "reached" : "current"} onChoose={onMode} />
        )
      }
      table={whole === 0 ? null : funnelTable(lines)}
    >
      {whole === 0 && (
        <Empty
          icon="bars"
          title={text.empty}
          why={text.emptyWhy}
          {...(onShowAll !== null && { action: { text: text.showAll, run: onShowAll } })}
        />
      )}
      {whole > 0 && (reached ? <Reached steps={steps} whole={whole} /> : <Current lines={lines} />)}
    </ChartCard>
  );
}

function Current({ lines }: { lines: FunnelLine[] }) {
  const [unfolded, setUnfolded] = useState(false);
  const text = words.value.funnel;
  const rows = unfolded ? lines : folded(lines);
  const sums = rows.map((row) => ("lines" in row ? totalOf(row) : row.total));
  const longest = Math.max(1, ...sums);
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are for the marks inside, which have the focus */}
      <div class="bars" onKeyDown={roam}>
        {rows.map((row, index) =>
          "lines" in row ? (
            <FoldedRow key={row.key} row={row} longest={longest} onUnfold={() => setUnfolded(true)} />
          ) : (
            <Row key={row.key} line={row} longest={longest} first={index === 0} />
          ),
        )}
      </div>
      <p class="keys">
        <span class="key">
          <i class="swatch fill-open" />
          {text.here}
        </span>
        <span class="key">
          <i class="swatch fill-lost" />
          {text.lost}
        </span>
        <span class="key">
          <i class="swatch fill-won" />
          {text.success}
        </span>
      </p>
    </>
  );
}

function Row({ line, longest, first }: { line: FunnelLine; longest: number; first: boolean }) {
  const text = words.value.funnel;
  const { count, percent } = format();
  const name = nameOf(line);
  const rows: [string, string][] = [
    [line.success ? text.success : text.here, count(line.current)],
    [text.lost, count(line.lost)],
    [text.share, percent(line.share)],
  ];
  return (
    <div
      class="bar-row mark"
      role="img"
      aria-label={text.mark(name, count(line.total), percent(line.share))}
      tabIndex={first ? 0 : -1}
      {...tipOf({ title: name, rows })}
    >
      <RowName line={line} />
      <span class="track">
        <Bar class={line.success ? "fill-won" : "fill-open"} value={line.current} longest={longest} />
        <Bar class="fill-lost" value={line.lost} longest={longest} />
      </span>
      <span class="bar-numbers">
        <b>
          <Figure value={line.total} text={count(line.total)} />
        </b>
        <span>{percent(line.share)}</span>
      </span>
    </div>
  );
}

function RowName({ line }: { line: FunnelLine }) {
  const name = nameOf(line);
  return (
    <span class={line.place === null ? "bar-name quiet" : "bar-name"} title={name}>
      <i>{line.place ?? ""}</i>
      <bdi>{name}</bdi>
    </span>
  );
}

/** A value that is not zero is never thinner than two pixels. */
function Bar({ value, longest, class: look }: { value: number; longest: number; class: string }) {
  if (value <= 0) return null;
  return <i class={look} style={{ width: `max(2px, ${(value / longest) * 100}%)` }} />;
}

function FoldedRow({ row, longest, onUnfold }: { row: FoldedLines; longest: number; onUnfold: () => void }) {
  const text = words.value.funnel;
  const { count, percent } = format();
  const total = totalOf(row);
  const share = row.lines.reduce((sum, line) => sum + (line.share ?? 0), 0);
  const [from, to] = [row.lines[0]?.place, row.lines.at(-1)?.place];
  return (
    <button type="button" class="bar-row" title={text.unfold} onClick={onUnfold}>
      <span class="bar-name">
        <i>{`${from}–${to}`}</i>
        <span class="link">{text.folded(count(row.lines.length))}</span>
      </span>
      <span class="track">
        <Bar class="fill-mute" value={total} longest={longest} />
      </span>
      <span class="bar-numbers">
        <b>{count(total)}</b>
        <span>{percent(share)}</span>
      </span>
    </button>
  );
}

/** How many ever got to each step. Only the worst passage is red. */
function Reached({ steps, whole }: { steps: FunnelLine[]; whole: number }) {
  const text = words.value.funnel;
  const { count, percent } = format();
  const passages = steps.map((line, index) => passage(line, steps[index + 1]));
  const worst = Math.min(...passages.filter((rate) => rate !== null));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are for the marks inside, which have the focus
    <div class="bars reached" onKeyDown={roam}>
      {steps.map((line, index) => {
        const name = nameOf(line);
        const share = percent(((line.reached ?? 0) / whole) * 100);
        const rate = passages[index] ?? null;
        return (
          <Fragment key={line.key}>
            <div
              class="bar-row mark"
              role="img"
              aria-label={text.mark(name, count(line.reached), share)}
              tabIndex={index === 0 ? 0 : -1}
              {...tipOf({
                title: name,
                rows: [
                  [text.reached, count(line.reached)],
                  [text.share, share],
                ],
              })}
            >
              <RowName line={line} />
              <span class="track">
                <Bar class={line.success ? "fill-won" : "fill-open"} value={line.reached ?? 0} longest={whole} />
              </span>
              <span class="bar-numbers">
                <b>
                  <Figure value={line.reached} text={count(line.reached)} />
                </b>
                <span>{share}</span>
              </span>
            </div>
            {rate !== null && (
              <p class={rate === worst ? "passage worst" : "passage"}>↓ {text.wentOn(percent(rate))}</p>
            )}
          </Fragment>
        );
      })}
    </div>
  );
}

function passage(from: FunnelLine, to: FunnelLine | undefined): number | null {
  return to === undefined || to.reached === null || !from.reached ? null : (to.reached / from.reached) * 100;
}

function sentenceOf(steps: FunnelLine[], whole: number, reached: boolean): string {
  const text = words.value.funnel;
  const { count, percent } = format();
  if (whole === 0) return "";
  if (!reached) return text.sentence(count(whole));
  const last = steps.at(-1)?.reached ?? null;
  return text.sentenceReached(count(whole), percent(last === null ? null : (last / whole) * 100));
}

function funnelTable(lines: FunnelLine[]): Table {
  const text = words.value.funnel;
  const { count, percent } = format();
  return {
    head: [text.step, text.here, text.lost, text.total, text.share, text.reached],
    rows: lines.map((line) => ({
      key: line.key,
      cells: [
        line.place === null ? nameOf(line) : `${line.place}. ${nameOf(line)}`,
        count(line.current),
        count(line.lost),
        count(line.total),
        percent(line.share),
        count(line.reached),
      ],
    })),
  };
}

export function nameOf(line: FunnelLine): string {
  const text = words.value.funnel;
  if (line.stepId === null) return text.noStep;
  const name = plain(line.name ?? line.stepId);
  return line.place === null ? text.removedNamed(name) : name;
}

function totalOf(row: FoldedLines): number {
  return row.lines.reduce((sum, line) => sum + line.total, 0);
}

function format() {
  const chosen = formats.value;
  return {
    count: (value: number | null) => chosen.count(value),
    percent: (value: number | null) => chosen.percent(value),
  };
}
