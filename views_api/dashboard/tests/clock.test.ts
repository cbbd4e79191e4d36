import { expect, test } from "vitest";
import { hearTime, now, serverTime } from "../src/clock.ts";
import { stamp } from "./api.ts";

const DAY_MS = 86_400_000;

test("until the server has said anything, this browser's clock is believed", () => {
  hearTime({ ...stamp("1-0"), as_of: null, lag_ms: null }, 0);

  expect(serverTime()).toBe(now.value);
});

test("days are those of the server's clock, however wrong this browser's is", () => {
  const late = { ...stamp("1-0"), as_of: "2026-11-24T23:59:59Z", lag_ms: 2_000 };
  now.value = Date.parse("2026-11-24T00:00:00Z") - DAY_MS;
  hearTime(late, now.value);
  now.value += 500;

  expect(new Date(serverTime()).toISOString()).toBe("2026-11-25T00:00:01.500Z");
});
