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
  // Whoever types and presses Enter at once means the first of what will be found by this, not of what is there until then.
  const [entered, setEntered] = useState<string | null>(null);
  const rows = found?.rows;
  useEffect(() => {
    if (entered !== search || found?.search !== search) return;
    setEntered(null);
    const first = found.rows[0];
    if (first === undefined) return;
    close();
    go(overviewOf(first.id, period));
  }, [entered, search, found]);
  const openFirst = (event: Event) => {
    event.preventDefault();
    setEntered(search);
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
        {rows?.map((row) => (
          <li key={row.id}>
            <Link to={overviewOf(row.id, period)} onFollow={close}>
              <Name text={row.name} />
              <span class="mono quiet">
                <Name text={row.code ?? ""} />
              </span>
            </Link>
          </li>
        ))}
        {rows?.length === 0 && <li class="quiet">{text.none}</li>}
      </ul>
    </form>
  );
}

interface Found {
  search: string;
  rows: CampaignRow[];
}

/** What was found last, which may be by an earlier `search`. */
function useFound(search: string): Found | null {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    const query = new URLSearchParams({ limit: String(FOUND_AT_MOST) });
    if (search !== "") query.set("search", search);
    const timer = setTimeout(async () => {
      try {
        setFound({ search, rows: (await get<CampaignList>(`/v1/campaigns?${query}`, asking.signal)).items });
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
