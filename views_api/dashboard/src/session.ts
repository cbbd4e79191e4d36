// The bearer token: taken from the address, kept in the memory of this tab alone, and gone from the address at once, so that
// it ends up in no history, no bookmark and no log.

import { signal } from "@preact/signals";

export const token = signal<string | null>(null);
/** The last token was refused by the API. */
export const refused = signal(false);

export function takeTokenFromAddress(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get("token");
  if (given === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  acceptToken(given);
}

export function acceptToken(given: string): void {
  refused.value = false;
  token.value = given.trim() === "" ? null : given.trim();
}

export function refuseToken(): void {
  refused.value = true;
  token.value = null;
}
