// Who is at this page? Its bearer token is taken from the address or the form, gone from the address at once, and exchanged for
// a cookie that no script can read; so a reload need not ask for it again. Where the browser keeps no such cookie (plain http
// beyond this machine) the token stays in the memory of this tab.

import { signal } from "@preact/signals";

const SESSION = "/v1/session";
/** A session lasts 12 hours from when it was last exchanged: a page that is open, such as on a wall, keeps it going. */
const RENEWED_MS = 3 * 3_600_000;

/** null: not known yet. */
export const signedIn = signal<boolean | null>(null);
/** Why the form is shown: the token was refused, what was good until now is over, or the server could not be told of the end. */
export const ended = signal<"refused" | "over" | "kept" | null>(null);
/** Counts who came in: what one was shown is not for the next. */
export const visit = signal(0);

let token: string | null = null;
/** All tabs of a browser share its cookie: when it becomes another's, what the others show is no longer theirs. */
const tabs = new BroadcastChannel("session");

/** What a request has to carry beside the cookie. */
export function authorization(): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** By the token in the address, or by the cookie of an earlier visit. */
export async function resume(): Promise<void> {
  if (takeTokenFromAddress()) return;
  // Without an answer the page itself says what is wrong, and asks again.
  signedIn.value = (await status("GET")) !== 401;
}

/** Whether there is one. */
export function takeTokenFromAddress(): boolean {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  enter(given);
  return true;
}

/** The page need not wait for the cookie: until then its requests carry the token. */
export function enter(given: string): void {
  const entered = given.trim();
  if (entered === "") return;
  token = entered;
  ended.value = null;
  visit.value += 1;
  signedIn.value = true;
  void exchange(entered);
}

async function exchange(entered: string): Promise<void> {
  if ((await status("POST", { authorization: `Bearer ${entered}` })) !== 201) return;
  // Only asking shows whether the browser has kept it. If not, nothing has changed for other tabs, which would lose their tokens.
  const kept = await status("GET");
  if (kept === 401) return;
  if (kept === 200 && token === entered) token = null;
  tabs.postMessage("changed");
}

/** The API does not know who this is. */
export function refuse(): void {
  if (signedIn.peek() === false) return;
  ended.value = token === null ? "over" : "refused";
  token = null;
  signedIn.value = false;
}

/** While this tab is open. */
export function keepSession(): void {
  tabs.onmessage = () => location.reload();
  setInterval(() => {
    if (signedIn.peek() && token === null) void status("POST");
  }, RENEWED_MS);
}

/** For all tabs. */
export async function leave(): Promise<void> {
  const answer = await status("DELETE");
  // The browser would go on with its cookie when the page is loaded again.
  ended.value = token === null && (answer === null || answer >= 400) ? "kept" : null;
  token = null;
  signedIn.value = false;
  tabs.postMessage("changed");
}

/** Of the answer; null without one. */
async function status(method: string, headers: Record<string, string> = {}): Promise<number | null> {
  try {
    return (await fetch(SESSION, { method, headers, cache: "no-store" })).status;
  } catch {
    return null;
  }
}
