import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { overviewOf } from "../address.ts";
import { get, Problem } from "../client.ts";
import type { CampaignList, CampaignRow } from "../contract.ts";
import { address, go } from "../navigation.ts";
import { words } from "../preferences.ts";
import { Icon } from "./icon.tsx";
import { Link } from "./link.tsx";
import { Name } from "./name.tsx";
import { Popover } from "./popover.tsx";

const FOUND_AT_MOST = 8;
const TYPING_PAUSE_MS = 150;

/** Search from anywhere, by key "/": the server compares without case and accents. */
export function Find() {
  const text = words.value.find;
  const face = (
    <>
      <Icon name="search" />
      <span>{text.open}</span>
      <i aria-hidden="true">
        <kbd>/</kbd>
      </i>
    </>
  );
  return (
    <Popover id="find" label={text.open} labelButton buttonClass="find-button" panelClass="find" face={face}>
      {(close) => <FindPanel close={close} />}
    </Popover>
  );
}

function FindPanel({ close }: { close: () => void }) {
  const text = words.value.find;
  const [search, setSearch] = useState("");
  const found = useFound(search);
  const input = useRef<HTMLInputElement>(null);
  // Before the next key: what a fast typist types right after "/" must not be taken for keys of the page.
  useLayoutEffect(() => input.current?.focus(), []);
  const period = address.value.page === "unknown" ? undefined : address.value.period;
  const openFirst = (event: Event) => {
    event.preventDefault();
    const first = found?.[0];
    if (first === undefined) return;
    close();
    go(overviewOf(first.id, period));
  };
  // The browser would empty the field first, and close the panel only with the next Esc.
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  return (
    <form onSubmit={openFirst}>
      <span class="field">
        <Icon name="search" />
        <input
          ref={input}
          class="input"
          type="search"
          autocomplete="off"
          placeholder={text.placeholder}
          aria-label={text.open}
          value={search}
          onKeyDown={closeOnEscape}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </span>
      <ul aria-label={text.results}>
        {found?.map((row) => (
          <li key={row.id}>
            <Link to={overviewOf(row.id, period)} onFollow={close}>
              <Name text={row.name} />
              <span class="mono quiet">
                <Name text={row.code ?? ""} />
              </span>
            </Link>
          </li>
        ))}
        {found?.length === 0 && <li class="quiet">{text.none}</li>}
      </ul>
    </form>
  );
}

function useFound(search: string): CampaignRow[] | null {
  const [found, setFound] = useState<CampaignRow[] | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    const query = new URLSearchParams({ limit: String(FOUND_AT_MOST) });
    if (search !== "") query.set("search", search);
    const timer = setTimeout(async () => {
      try {
        setFound((await get<CampaignList>(`/v1/campaigns?${query}`, asking.signal)).items);
      } catch (error) {
        // What was found before stays; the page behind says by itself when the server cannot be reached.
        if (!asking.signal.aborted && !(error instanceof Problem)) throw error;
      }
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [search]);
  return found;
}
