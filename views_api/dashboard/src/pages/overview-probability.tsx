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

interface Column {
  row: ProbabilityRow;
  share: number | null;
  highest: number;
}

/** What the owners expect of the open opportunities, and where their mean lies. */
export function Probability({ rows, predicted }: ProbabilityProps) {
  const text = words.value.probability;
  const format = formats.value;
  const portions = shares(rows.map((row) => row.opportunities));
  const whole = rows.reduce((sum, row) => sum + row.opportunities, 0);
  const highest = Math.max(1, ...rows.map((row) => row.opportunities));
  const columns = rows.map((row, index): Column => ({ row, share: portions[index] ?? null, highest }));
  const unassessed = columns.filter(({ row }) => row.from === null);
  const assessed = columns.filter(({ row }) => row.from !== null);
  const ordered = [...unassessed, ...assessed];
  const table = {
    head: [text.probability, text.opportunities, text.share],
    rows: ordered.map(({ row, share }) => ({
      key: labelOf(row),
      cells: [labelOf(row), format.count(row.opportunities), format.percent(share)],
    })),
  };
  return (
    <ChartCard
      title={text.title}
      sentence={whole === 0 ? "" : text.sentence}
      span="five"
      table={whole === 0 ? null : table}
    >
      {whole === 0 && <Empty icon="chart" title={text.empty} why={text.emptyWhy} />}
      {whole > 0 && (
        <div class="card-body columns-body">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are for the marks inside, which have the focus */}
          <div class="columns" onKeyDown={roam}>
            {unassessed.map((column) => (
              <ColumnMark key={labelOf(column.row)} column={column} first />
            ))}
            <div class="columns assessed" style={{ flexGrow: assessed.length }}>
              {predicted !== null && <Marker rows={assessed.map(({ row }) => row)} predicted={predicted} />}
              {assessed.map((column, index) => (
                <ColumnMark key={labelOf(column.row)} column={column} first={unassessed.length + index === 0} />
              ))}
            </div>
          </div>
        </div>
      )}
    </ChartCard>
  );
}

function ColumnMark({ column: { row, share, highest }, first }: { column: Column; first: boolean }) {
  const text = words.value.probability;
  const format = formats.value;
  const label = labelOf(row);
  const [count, percent] = [format.count(row.opportunities), format.percent(share)];
  const height = row.opportunities === 0 ? "0" : `max(2px, ${(row.opportunities / highest) * 100}%)`;
  return (
    <div
      class="column mark"
      role="img"
      aria-label={`${label}: ${count}, ${percent}`}
      tabIndex={first ? 0 : -1}
      {...tipOf({
        title: label,
        rows: [
          [text.opportunities, count],
          [text.share, percent],
        ],
      })}
    >
      <span class="column-room">
        <span class="column-value on-wide">{percent}</span>
        <span class="column-value on-narrow">{count}</span>
        <i class={row.from === null ? "fill-unknown" : "fill-open"} style={{ height }} />
      </span>
      <span class="column-label">
        <span class="on-wide">{label}</span>
        <span class="on-narrow">{row.from === null ? text.notAssessedShort : `${row.from}%`}</span>
      </span>
    </div>
  );
}

/** Where the mean lies among the columns. */
function Marker({ rows, predicted }: { rows: ProbabilityRow[]; predicted: number }) {
  const at = markerAt(rows, predicted);
  if (at === null) return null;
  return (
    <span class={at > 0.6 ? "predicted leftwards" : "predicted"} style={{ left: `${at * 100}%` }} aria-hidden="true">
      <span>
        <span class="on-wide">{words.value.tiles.predicted_success_pct} </span>
        {formats.value.percent(predicted)}
      </span>
    </span>
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
