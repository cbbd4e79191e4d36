// The address as a signal: components read it, `go` changes it, Back and Forward work.

import { signal } from "@preact/signals";
import { type Address, format, parse } from "./address.ts";

export const address = signal<Address>(parse(location.pathname, location.search));

/** What the address itself does not say about one entry of the history. */
export interface Trail {
  /** Cursors of the pages of a list that were left by "Next", the first page being null. */
  behind: (string | null)[];
}

export const trail = signal<Trail>(trailOf(history.state));

export function go(to: Address, options: { replace?: boolean; trail?: Trail } = {}): void {
  const next = options.trail ?? { behind: [] };
  const path = format(to);
  const samePage = to.page === address.value.page && idOf(to) === idOf(address.value);
  // What is there already is no new entry, as for any link: Back leads to something else.
  if (options.replace === true || path === location.pathname + location.search) history.replaceState(next, "", path);
  else history.pushState(next, "", path);
  trail.value = next;
  // As the browser took it: an id of one or two dots is none in a path, and would be asked for as something else.
  address.value = parse(location.pathname, location.search);
  if (!samePage) scrollTo(0, 0);
}

export function listenToHistory(): void {
  addEventListener("popstate", (event) => {
    trail.value = trailOf(event.state);
    address.value = parse(location.pathname, location.search);
  });
}

function trailOf(state: unknown): Trail {
  const behind = (state as Partial<Trail> | null)?.behind;
  return { behind: Array.isArray(behind) ? behind : [] };
}

function idOf(to: Address): string | null {
  return to.page === "overview" ? to.id : null;
}
