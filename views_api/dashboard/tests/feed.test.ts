import { beforeEach, describe, expect, test, vi } from "vitest";
import { Feed, paused } from "../src/feed.ts";
import { ended, signedIn } from "../src/session.ts";
import { STREAM, stamp, VIEW, type View } from "./api.ts";
import { api, feed, hear, hearPatch, page, settle, started } from "./feeding.ts";

test("a view is asked for once, then its events are followed from there", async () => {
  await started();
  await hear(2);
  await hear(3);

  expect(feed.shown.value?.orders).toBe(3);
  expect(api.asked).toEqual([VIEW, STREAM]);
  expect(api.resumedAfter).toEqual(["1-0"]);
});

test("a heartbeat makes the numbers no different, only fresher", async () => {
  await started();
  const before = feed.shown.value;
  await vi.advanceTimersByTimeAsync(5000);
  api.say("heartbeat", { stamp: { ...stamp("9-0"), lag_ms: 7 } });
  await settle();

  expect(feed.shown.value).toBe(before);
  expect(feed.received.value).toEqual({ stamp: { ...stamp("9-0"), lag_ms: 7 }, at: Date.now() });
});

test("a stream that breaks off is taken up again after the last event, and the view asked again", async () => {
  await started();
  await hear(2);
  api.orders = 5;
  api.breakOff();
  await vi.advanceTimersByTimeAsync(1000);

  expect(feed.shown.value?.orders).toBe(5);
  expect(api.resumedAfter).toEqual(["1-0", "5-0"]);
});

test("a stream that is cut every now and then is taken up within a second each time", async () => {
  await started();
  for (let cut = 1; cut <= 6; cut++) {
    await hear(cut + 1);
    api.breakOff();
    await vi.advanceTimersByTimeAsync(1000);

    expect(api.asked).toHaveLength(2 + 2 * cut);
  }
});

test("a reset makes it ask again, and resume after what that says", async () => {
  await started();
  api.orders = 7;
  api.say("reset", { reason: "gap" });
  await vi.advanceTimersByTimeAsync(1000);

  expect(feed.shown.value?.orders).toBe(7);
  expect(api.resumedAfter.at(-1)).toBe("7-0");
});

test("where no stream comes through, it is polled at least every 10 s", async () => {
  api.streamStatus = 503;
  await started();
  await vi.advanceTimersByTimeAsync(60_000);
  api.orders = 2;
  await vi.advanceTimersByTimeAsync(10_000);

  expect(feed.shown.value?.orders).toBe(2);
  expect(feed.problem.value).toBeNull();
});

test("a stream that falls silent is given up", async () => {
  await started();
  api.orders = 4;
  await vi.advanceTimersByTimeAsync(22_000);

  expect(feed.shown.value?.orders).toBe(4);
});

describe("when nobody answers", () => {
  test("the last numbers stay, and the next attempt is announced", async () => {
    await started();
    api.status = 0;
    api.breakOff();
    await vi.advanceTimersByTimeAsync(1000);

    expect(feed.shown.value?.orders).toBe(1);
    expect(feed.link.value).toBe("offline");
    expect(feed.retryAt.value).toBeGreaterThan(Date.now());
  });

  test("all is well again with the next answer", async () => {
    api.status = 0;
    await started();
    api.status = 200;
    await vi.advanceTimersByTimeAsync(1000);

    expect([feed.shown.value?.orders, feed.link.value, feed.problem.value]).toEqual([1, "open", null]);
  });

  test("the reader need not wait", async () => {
    api.status = 0;
    await started();
    api.status = 200;
    feed.retry();
    await settle();

    expect(feed.shown.value?.orders).toBe(1);
  });

  test("attempts become rarer, down to one in 10 s", async () => {
    api.status = 0;
    await started();
    await vi.advanceTimersByTimeAsync(120_000);
    const before = api.asked.length;
    await vi.advanceTimersByTimeAsync(60_000);

    expect(api.asked.length - before).toBeGreaterThanOrEqual(6);
    expect(api.asked.length - before).toBeLessThanOrEqual(8);
  });
});

test("a server that asks for patience gets it", async () => {
  api.status = 503;
  await started();
  await vi.advanceTimersByTimeAsync(3900);

  expect(api.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(api.asked).toHaveLength(2);
});

test.each([403, 404, 422])("what is refused with %d is not asked again by itself", async (status) => {
  api.status = status;
  await started();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(api.asked).toHaveLength(1);
  expect(feed.problem.value?.status).toBe(status);
});

test("what the reader may no longer see leaves the page", async () => {
  await started();
  api.status = 404;
  api.say("reset", { reason: "absent" });
  await vi.advanceTimersByTimeAsync(1000);

  expect(feed.shown.value).toBeNull();
});

test("whoever the API does not know is asked for a token", async () => {
  api.status = 401;
  await started();

  expect([signedIn.value, ended.value]).toEqual([false, "over"]);
});

describe("while paused", () => {
  beforeEach(async () => {
    await started();
    paused.value = true;
    await hear(2);
    await hear(3);
  });

  test("numbers freeze and what arrives is counted", () => {
    expect([feed.shown.value?.orders, feed.waiting.value]).toEqual([1, 2]);
  });

  test("the same revision again is no news", async () => {
    await hear(3);

    expect(feed.waiting.value).toBe(2);
  });

  test("a patch leads on from what waits", async () => {
    await hearPatch(3, 4);

    expect([feed.shown.value?.orders, feed.waiting.value]).toEqual([1, 3]);
    paused.value = false;
    expect(feed.shown.value?.orders).toBe(4);
  });

  test("the newest numbers are there the moment it is resumed", () => {
    paused.value = false;

    expect([feed.shown.value?.orders, feed.waiting.value]).toEqual([3, 0]);
  });
});

test("a hidden page asks nothing, and catches up when it is seen again", async () => {
  await started();
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(60_000);
  const [asked, listening] = [api.asked.length, api.listening];
  api.orders = 8;
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();

  expect([asked, listening]).toEqual([2, false]);
  expect(feed.shown.value?.orders).toBe(8);
});

test("a feed that was stopped asks nothing any more", async () => {
  await started();
  feed.stop();
  await vi.advanceTimersByTimeAsync(60_000);

  expect(api.asked).toEqual([VIEW, STREAM]);
  expect(api.listening).toBe(false);
});

test("a view whose stream only tells that something changed is asked again each time", async () => {
  const list = new Feed<View>({ view: VIEW, stream: STREAM, snapshots: "nudge" });
  list.start();
  await settle();
  api.orders = 2;
  await hear(99);
  api.orders = 3;
  await hearPatch(99, 100);

  expect(list.shown.value?.orders).toBe(3);
  expect(api.asked).toEqual([VIEW, STREAM, VIEW, VIEW]);
  list.stop();
});
