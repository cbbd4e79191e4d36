import { type ListAddress, PAGE_SIZES } from "../address.ts";
import type { CampaignList } from "../contract.ts";
import { go, trail } from "../navigation.ts";
import { formats, words } from "../preferences.ts";

/** Previous and Next instead of page numbers: rows that come and go meanwhile neither repeat nor get lost. */
export function Pager({ at, list }: { at: ListAddress; list: CampaignList | null }) {
  const text = words.value.list;
  const { behind } = trail.value;
  const next = list?.next_cursor ?? null;
  const back = () => go({ ...at, cursor: behind.at(-1) ?? null }, { trail: { behind: behind.slice(0, -1) } });
  const forth = () => go({ ...at, cursor: next }, { trail: { behind: [...behind, at.cursor] } });
  return (
    <div class="card-foot">
      <span>{rangeOf(at, list, behind.length)}</span>
      <span class="grow" />
      <label>
        {text.perPage}{" "}
        <select
          class="input"
          value={String(at.limit)}
          onChange={(event) => go({ ...at, limit: Number(event.currentTarget.value), cursor: null })}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size} value={String(size)}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button small" disabled={at.cursor === null} onClick={back}>
        {text.previous}
      </button>
      <button type="button" class="button small" disabled={next === null} onClick={forth}>
        {text.next}
      </button>
    </div>
  );
}

/** 11–20 of 34; nothing where the way to this page is not known, as behind a link to its middle. */
function rangeOf(at: ListAddress, list: CampaignList | null, pagesBefore: number): string {
  if (list === null || list.items.length === 0 || (at.cursor !== null && pagesBefore === 0)) return "";
  const { count } = { count: (value: number) => formats.value.count(value) };
  const first = pagesBefore * at.limit + 1;
  const range = words.value.list.range(count(first), count(first + list.items.length - 1));
  return at.search === "" && !at.active ? `${range} ${words.value.list.of(count(list.totals.campaigns))}` : range;
}
