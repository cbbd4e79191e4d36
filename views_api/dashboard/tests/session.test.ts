import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** An API with one good token and one session, in a browser that keeps its cookie or does not. */
class Api {
  cookie = false;
  keeps = true;
  away = false;
  readonly fetch = async (_: string, { method, headers }: RequestInit): Promise<Response> => {
    if (this.away) throw new TypeError("network error");
    const good = new Headers(headers).get("authorization") === "Bearer good" || this.cookie;
    if (method === "DELETE") this.cookie = false;
    else if (!good) return new Response(null, { status: 401 });
    else if (method === "POST") this.cookie = this.keeps;
    return new Response(null, { status: method === "POST" ? 201 : 200 });
  };
}

let api: Api;

beforeEach(() => {
  api = new Api();
  vi.stubGlobal("fetch", api.fetch);
  vi.stubGlobal("location", { hash: "", pathname: "/campaigns", search: "?limit=25", reload: vi.fn() });
  vi.stubGlobal("history", { state: null, replaceState: vi.fn() });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** As in a tab that has just been opened. */
const opened = () => import("../src/session.ts");

test("without a token and a session the form is shown, and nothing is said to be wrong", async () => {
  const { ended, resume, signedIn } = await opened();
  await resume();
  expect([signedIn.value, ended.value]).toEqual([false, null]);
});

test("a session of an earlier visit is gone on with", async () => {
  api.cookie = true;
  const { authorization, resume, signedIn } = await opened();
  await resume();
  expect([signedIn.value, authorization()]).toEqual([true, {}]);
});

test("while the API is away the page is shown, which says so", async () => {
  api.away = true;
  const { resume, signedIn } = await opened();
  await resume();
  expect(signedIn.value).toBe(true);
});

test("a token leaves the address at once, serves until the cookie is there, and is forgotten then", async () => {
  location.hash = "#token=good";
  const { authorization, resume, signedIn } = await opened();
  await resume();
  expect(history.replaceState).toHaveBeenCalledWith(null, "", "/campaigns?limit=25");
  expect([signedIn.value, authorization()]).toEqual([true, { authorization: "Bearer good" }]);
  await vi.waitUntil(() => Object.keys(authorization()).length === 0);
  expect(api.cookie).toBe(true);
});

test("where the browser keeps no cookie the token stays with this tab", async () => {
  api.keeps = false;
  const { authorization, enter } = await opened();
  const asked = vi.spyOn(api, "fetch");
  vi.stubGlobal("fetch", asked);
  enter(" good ");
  await vi.waitUntil(() => asked.mock.settledResults.length === 2);
  expect(authorization()).toEqual({ authorization: "Bearer good" });
});

test("and other tabs, which keep theirs likewise, are left alone", async () => {
  api.keeps = false;
  const told = vi.spyOn(BroadcastChannel.prototype, "postMessage");
  const asked = vi.fn(api.fetch);
  vi.stubGlobal("fetch", asked);
  const { enter } = await opened();
  enter("good");
  await vi.waitUntil(() => asked.mock.settledResults.length === 2);
  await Promise.resolve();
  expect(told).not.toHaveBeenCalled();
});

test("who comes in is shown nothing of what another was", async () => {
  const { enter, visit } = await opened();
  const before = visit.value;
  enter("good");
  expect(visit.value).not.toBe(before);
});

test("a session that nobody could end is said to go on", async () => {
  api.cookie = true;
  const { ended, leave, resume, signedIn } = await opened();
  await resume();
  api.away = true;
  await leave();
  expect([signedIn.value, ended.value, api.cookie]).toEqual([false, "kept", true]);
});

test("signing out ends the session of the browser", async () => {
  api.cookie = true;
  const { ended, leave, resume, signedIn } = await opened();
  await resume();
  await leave();
  expect([signedIn.value, ended.value, api.cookie]).toEqual([false, null, false]);
});
