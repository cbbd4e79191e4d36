// A feed on an API that does what it is told, new for each test of whoever imports this; its clock stands until it is moved on.

import { afterEach, beforeEach, vi } from "vitest";
import { Feed, paused } from "../src/feed.ts";
import { signedIn } from "../src/session.ts";
import { Api, STREAM, VIEW, type View, view } from "./api.ts";

export const page = Object.assign(new EventTarget(), { hidden: false });
export let api: Api;
export let feed: Feed<View>;

export const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  api = new Api();
  page.hidden = false;
  const net = new EventTarget();
  vi.stubGlobal("fetch", api.fetch);
  vi.stubGlobal("document", page);
  vi.stubGlobal("addEventListener", net.addEventListener.bind(net));
  vi.stubGlobal("removeEventListener", net.removeEventListener.bind(net));
  paused.value = false;
  signedIn.value = true;
  feed = new Feed<View>({ view: VIEW, stream: STREAM, snapshots: "view" });
});

afterEach(async () => {
  feed.stop();
  await settle();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

export async function started(): Promise<void> {
  feed.start();
  await settle();
}

export async function hear(orders: number): Promise<void> {
  api.say("snapshot", { view: "overview", ...view(orders) }, `${orders}-0`);
  await settle();
}

export async function hearPatch(from: number, to: number): Promise<void> {
  const value = `${to}-0`;
  const patch = [
    { op: "replace", path: "/orders", value: to },
    { op: "replace", path: "/stamp/revision", value },
  ];
  api.say("patch", { view: "overview", from: `${from}-0`, to: value, patch }, value);
  await settle();
}
