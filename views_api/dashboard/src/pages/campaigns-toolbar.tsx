import { useEffect, useRef, useState } from "preact/hooks";
import type { ListAddress } from "../address.ts";
import { Icon } from "../components/icon.tsx";
import type { CampaignList } from "../contract.ts";
import { go } from "../navigation.ts";
import { formats, words } from "../preferences.ts";

const TYPING_PAUSE_MS = 250;

/** What narrows the table. Typing replaces the address instead of adding to the history: Back leaves the page at once. */
export function ListToolbar({ at, list }: { at: ListAddress; list: CampaignList | null }) {
  const text = words.value.list;
  const [typed, setTyped] = useState(at.search);
  const sent = useRef(at.search);
  useEffect(() => {
    // The address changed by Back, or by "Show all campaigns": the field follows.
    if (at.search !== sent.current) setTyped(at.search);
    sent.current = at.search;
  }, [at.search]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      go({ ...at, search: typed, cursor: null }, { replace: true });
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, at]);
  const narrowed = at.search !== "" || at.active;
  return (
    <search class="toolbar">
      <span class="field">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          autocomplete="off"
          placeholder={text.placeholder}
          aria-label={text.search}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </span>
      <label class="check">
        <input
          type="checkbox"
          checked={at.active}
          onChange={(event) => go({ ...at, active: event.currentTarget.checked, cursor: null })}
        />
        {text.onlyActive}
      </label>
      <span class="grow" />
      {!narrowed && list !== null && (
        <span class="quiet small-text">{text.count(formats.value.count(list.totals.campaigns))}</span>
      )}
    </search>
  );
}
