import { useId } from "preact/hooks";
import { Figure } from "../components/figure.tsx";
import type { Overview } from "../contract.ts";
import { formats, words } from "../preferences.ts";
import { shares } from "../shares.ts";
import { type FunnelLine, linesOf } from "./funnel-lines.ts";
import { nameOf } from "./overview-funnel.tsx";

/** Who has taken charge of what, by step: a table, because every cell of it is asked for. */
export function Registration({ overview }: { overview: Overview }) {
  const id = useId();
  const text = words.value.registration;
  const lines = linesOf(overview.funnel);
  const isKnown = lines.every((line) => line.registered !== null);
  if (!isKnown || lines.every((line) => line.total === 0)) return null;
  return (
    <section class="card" aria-labelledby={id}>
      <header class="card-head">
        <div class="card-title">
          <h2 id={id}>{text.title}</h2>
          <p class="card-sentence">{text.sentence}</p>
        </div>
      </header>
      <div class="scroll card-table">
        <table class="pinned">
          <caption class="sr">{text.title}</caption>
          <thead>
            <tr>
              <td />
              {lines.map((line) => (
                <th scope="col" class="number" key={line.key} title={nameOf(line)}>
                  <bdi>{line.place === null ? nameOf(line) : `${line.place}. ${nameOf(line)}`}</bdi>
                </th>
              ))}
              <th scope="col" class="number">
                {text.total}
              </th>
            </tr>
          </thead>
          <tbody>
            <Row name={text.registered} lines={lines} count={(line) => line.registered ?? 0} />
            <Row name={text.unregistered} lines={lines} count={(line) => line.unregistered ?? 0} />
          </tbody>
          <tfoot>
            <Row name={text.total} lines={lines} count={(line) => line.total} />
          </tfoot>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  name: string;
  lines: FunnelLine[];
  count: (line: FunnelLine) => number;
}

function Row({ name, lines, count }: RowProps) {
  const format = formats.value;
  const portions = shares(lines.map(count));
  const sum = lines.reduce((total, line) => total + count(line), 0);
  const whole = lines.reduce((total, line) => total + line.total, 0);
  return (
    <tr>
      <th scope="row">{name}</th>
      {lines.map((line, index) => (
        <td class={count(line) === 0 ? "number quiet" : "number"} key={line.key}>
          <Figure value={count(line)} text={format.count(count(line))} />
          <small>{format.percent(portions[index])}</small>
        </td>
      ))}
      <td class="number strong">
        <Figure value={sum} text={format.count(sum)} />
        <small>{format.percent(whole === 0 ? null : (sum / whole) * 100)}</small>
      </td>
    </tr>
  );
}
