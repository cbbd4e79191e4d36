import { ChartCard, roam } from "../components/card.tsx";
import { Empty } from "../components/empty.tsx";
import { tipOf } from "../components/tip.tsx";
import type { ProbabilityRow } from "../contract.ts";
import { formats, words } from "../preferences.ts";
import { shares } from "../shares.ts";

interface ProbabilityProps {
  rows: ProbabilityRow[];
  /** The mean, in percent; null while nobody has assessed anything. */
  predicted: number | null;
}

/** What the owners expect of the open opportunities, and where their mean lies. */
export function Probability({ rows, predicted }: ProbabilityProps) {
  const text = words.value.probability;
  const format = formats.value;
  // What nobody assessed stands apart, on the left.
  const ordered = [...rows.filter((row) => row.from === null), ...rows.filter((row) => row.from !== null)];
  const portions = shares(ordered.map((row) => row.opportunities));
  const whole = ordered.reduce((sum, row) => sum + row.opportunities, 0);
  const highest = Math.max(1, ...ordered.map((row) => row.opportunities));
  const marker = predicted === null ? null : markerAt(ordered, predicted);
  return (
    <ChartCard
      title={text.title}
      sentence={whole === 0 ? "" : text.sentence}
      span="five"
      table={
        whole === 0
          ? null
          : {
              head: [text.probability, text.opportunities, text.share],
              rows: ordered.map((row, index) => ({
                key: labelOf(row),
                cells: [labelOf(row), format.count(row.opportunities), format.percent(portions[index])],
              })),
            }
      }
    >
      {whole === 0 && <Empty icon="chart" title={text.empty} why={text.emptyWhy} />}
      {whole > 0 && (
        <div class="card-body columns-body">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are for the marks inside, which have the focus */}
          <div class="columns" onKeyDown={roam}>
            {marker !== null && (
              <span
                class={marker > 0.6 ? "predicted leftwards" : "predicted"}
                style={{ left: `${marker * 100}%` }}
                aria-hidden="true"
              >
                <span>
                  {words.value.tiles.predicted_success_pct} {format.percent(predicted)}
                </span>
              </span>
            )}
            {ordered.map((row, index) => (
              <div
                key={labelOf(row)}
                class={row.from === null ? "column mark apart" : "column mark"}
                role="img"
                aria-label={`${labelOf(row)}: ${format.count(row.opportunities)}, ${format.percent(portions[index])}`}
                tabIndex={index === 0 ? 0 : -1}
                {...tipOf({
                  title: labelOf(row),
                  rows: [
                    [text.opportunities, format.count(row.opportunities)],
                    [text.share, format.percent(portions[index])],
                  ],
                })}
              >
                <span class="column-room">
                  <span class="column-value on-wide">{format.percent(portions[index])}</span>
                  <span class="column-value on-phone">{format.count(row.opportunities)}</span>
                  <i
                    class={row.from === null ? "fill-unknown" : "fill-open"}
                    style={{
                      height: row.opportunities === 0 ? "0" : `max(2px, ${(row.opportunities / highest) * 100}%)`,
                    }}
                  />
                </span>
                <span class="column-label">{row.from === null ? <Unassessed /> : labelOf(row)}</span>
              </div>
            ))}
          </div>
        </div>
      )}
    </ChartCard>
  );
}

function Unassessed() {
  const text = words.value.probability;
  return (
    <>
      <span class="on-wide">{text.notAssessed}</span>
      <span class="on-phone">{text.notAssessedShort}</span>
    </>
  );
}

function labelOf({ from, to }: ProbabilityRow): string {
  if (from === null) return words.value.probability.notAssessed;
  return from === to || to === null ? `${from}%` : `${from}–${to}%`;
}

/** Where a probability lies over the columns, as a part of their width: between the middles of its neighbours. */
export function markerAt(rows: readonly ProbabilityRow[], probability: number): number | null {
  const middles = rows.map(({ from, to }) => (from === null ? null : (from + (to ?? from)) / 2));
  const after = middles.findIndex((middle) => middle !== null && middle >= probability);
  if (after === -1) return null;
  const [left, right] = [middles[after - 1] ?? null, middles[after] ?? 0];
  const part = left === null ? 1 : (probability - left) / (right - left);
  return (after - 0.5 + part) / rows.length;
}
