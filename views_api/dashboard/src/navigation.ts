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
  const samePage = to.page === address.value.page && idOf(to) === idOf(address.value);
  if (options.replace === true) history.replaceState(next, "", format(to));
  else history.pushState(next, "", format(to));
  trail.value = next;
  address.value = to;
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
