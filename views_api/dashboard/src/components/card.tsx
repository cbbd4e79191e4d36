import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { words } from "../preferences.ts";
import { Icon } from "./icon.tsx";

export interface Table {
  head: string[];
  rows: { key: string; cells: string[] }[];
}

interface ChartCardProps {
  title: string;
  sentence: string;
  span: string;
  /** Switches and popovers, left of the table button. */
  tools?: ComponentChildren;
  /** The same data as the picture; null: there is nothing to show. */
  table: Table | null;
  children: ComponentChildren;
}

/** A picture with what it is, what it says, and the same data as a table. */
export function ChartCard({ title, sentence, span, tools, table, children }: ChartCardProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const text = words.value.card;
  const label = asTable ? text.showChart : text.showTable;
  return (
    <figure class={`card ${span}`} aria-labelledby={id}>
      <figcaption class="card-head">
        <div class="card-title">
          <h2 id={id}>{title}</h2>
          <p class="card-sentence">{sentence}</p>
        </div>
        <div class="tools">
          {tools}
          {table !== null && (
            <button
              type="button"
              class="icon-button"
              aria-pressed={asTable}
              aria-label={label}
              title={label}
              onClick={() => setAsTable(!asTable)}
            >
              <Icon name={asTable ? "chart" : "table"} />
            </button>
          )}
        </div>
      </figcaption>
      {asTable && table !== null ? <DataTable table={table} caption={title} /> : children}
    </figure>
  );
}

function DataTable({ table, caption }: { table: Table; caption: string }) {
  return (
    <div class="scroll card-table">
      <table>
        <caption class="sr">{caption}</caption>
        <thead>
          <tr>
            {table.head.map((cell, index) => (
              <th scope="col" class={index === 0 ? "" : "number"} key={cell}>
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.key}>
              {row.cells.map((cell, index) =>
                index === 0 ? (
                  <th scope="row" key="name">
                    <bdi>{cell}</bdi>
                  </th>
                ) : (
                  <td class="number" key={table.head[index]}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** One tab stop for all marks of a chart; the arrow keys go from one to the next. */
export function roam(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const marks = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>(".mark")];
  const here = marks.indexOf(event.target as HTMLElement);
  if (here === -1) return;
  event.preventDefault();
  event.stopPropagation();
  const next = marks[here + step];
  if (next === undefined) return;
  for (const mark of marks) mark.tabIndex = mark === next ? 0 : -1;
  next.focus();
}

interface SwitchProps<T extends string> {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: T;
  onChoose: (option: T) => void;
}

/** Two to five choices of the same picture. */
export function Switch<T extends string>({ label, options, chosen, onChoose }: SwitchProps<T>) {
  return (
    <fieldset class="switch">
      <legend class="sr">{label}</legend>
      {options.map(([option, name]) => (
        <button type="button" key={option} aria-pressed={option === chosen} onClick={() => onChoose(option)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}
