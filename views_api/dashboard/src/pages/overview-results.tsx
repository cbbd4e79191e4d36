import { ChartCard, roam } from "../components/card.tsx";
import { Empty } from "../components/empty.tsx";
import { Figure } from "../components/figure.tsx";
import { tipOf } from "../components/tip.tsx";
import type { OutcomeRow, Overview } from "../contract.ts";
import { formats, words } from "../preferences.ts";
import { shares } from "../shares.ts";

type Known = OutcomeRow & { opportunities: number };

/** In progress, won, lost: one bar and three figures. No pie: two of three slices are always close. */
export function Results({ overview }: { overview: Overview }) {
  const text = words.value.results;
  const format = formats.value;
  const rows = overview.outcomes.filter((row): row is Known => row.opportunities !== null);
  const portions = shares(rows.map((row) => row.opportunities));
  const whole = rows.reduce((sum, row) => sum + row.opportunities, 0);
  const share = (index: number) => format.percent(portions[index]);
  const marks = rows.filter((row) => row.opportunities > 0); // the arrow keys would stop at one that is not drawn
  return (
    <ChartCard
      title={text.title}
      sentence={whole === 0 ? "" : sentenceOf(overview, rows, share)}
      span="five"
      table={
        whole === 0
          ? null
          : {
              head: [text.status, text.opportunities, text.share, text.customers],
              rows: rows.map((row, index) => ({
                key: row.status,
                cells: [
                  text.names[row.status],
                  format.count(row.opportunities),
                  share(index),
                  format.count(row.customers),
                ],
              })),
            }
      }
    >
      {whole === 0 && <Empty icon="chart" title={words.value.funnel.empty} />}
      {whole > 0 && (
        <div class="card-body">
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are for the marks inside, which have the focus */}
          <div class="share-bar" onKeyDown={roam}>
            {marks.map((row, index) => (
              <i
                key={row.status}
                class={`mark fill-${row.status}`}
                role="img"
                aria-label={`${text.names[row.status]}: ${format.count(row.opportunities)}, ${share(rows.indexOf(row))}`}
                tabIndex={index === 0 ? 0 : -1}
                style={{ flexGrow: row.opportunities }}
                {...tipOf({
                  title: text.names[row.status],
                  rows: [
                    [text.opportunities, format.count(row.opportunities)],
                    [text.share, share(rows.indexOf(row))],
                    [text.customers, format.count(row.customers)],
                  ],
                })}
              />
            ))}
          </div>
          <dl class="outcomes">
            {rows.map((row, index) => (
              <div key={row.status}>
                <dt>
                  <i class={`swatch fill-${row.status}`} />
                  {text.names[row.status]}
                </dt>
                <dd>
                  <Figure value={row.opportunities} text={format.count(row.opportunities)} />
                  <small>{share(index)}</small>
                </dd>
                {row.customers !== null && (
                  <dd class="outcome-customers">{words.value.tiles.customers(format.count(row.customers))}</dd>
                )}
              </div>
            ))}
          </dl>
        </div>
      )}
    </ChartCard>
  );
}

function sentenceOf(overview: Overview, rows: Known[], share: (index: number) => string): string {
  const text = words.value.results;
  const rate = overview.totals.win_rate;
  const openAt = rows.findIndex((row) => row.status === "open");
  if (openAt === -1) return rate == null ? "" : text.sentenceClosed(formats.value.percent(rate));
  return rate == null ? text.sentenceOpen(share(openAt)) : text.sentence(share(openAt), formats.value.percent(rate));
}
