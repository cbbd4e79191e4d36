import { expect, test, vi } from "vitest";
import { STREAM, VIEW, view } from "./api.ts";
import { api, feed, hear, hearPatch, settle, started } from "./feeding.ts";

test("a patch changes what the stream gave last, and nothing that was shown before", async () => {
  await started();
  await hear(2);
  const before = feed.shown.value;
  await hearPatch(2, 3);
  await hearPatch(3, 4);

  expect(feed.shown.value).toEqual({ view: "overview", ...view(4) });
  expect(before?.orders).toBe(2);
  expect(api.asked).toEqual([VIEW, STREAM]);
});

test.each([
  ["from another revision", 1],
  ["from a view that the stream never gave", null],
])("a patch %s changes nothing: the view is asked for again", async (_, snapshot) => {
  await started();
  if (snapshot !== null) await hear(snapshot);
  api.orders = 6;
  await hearPatch(5, 6);
  const meanwhile = feed.shown.value?.orders;
  await vi.advanceTimersByTimeAsync(1000);

  expect([meanwhile, feed.shown.value?.orders]).toEqual([1, 6]);
  expect(api.resumedAfter.at(-1)).toBe("6-0");
});

test("a patch of a place that is none changes nothing: the view is asked for again", async () => {
  await started();
  await hear(2);
  api.orders = 3;
  const patch = [{ op: "replace", path: "/rows/7/n", value: 1 }];
  api.say("patch", { view: "overview", from: "2-0", to: "3-0", patch }, "3-0");
  await settle();
  await vi.advanceTimersByTimeAsync(1000);

  expect(feed.shown.value?.orders).toBe(3);
});

test("after a stream that broke off, a patch of it is good for nothing", async () => {
  await started();
  await hear(2);
  api.orders = 2;
  api.breakOff();
  await vi.advanceTimersByTimeAsync(1000);
  api.orders = 3;
  await hearPatch(2, 9);
  await vi.advanceTimersByTimeAsync(1000);

  expect(feed.shown.value?.orders).toBe(3);
});
