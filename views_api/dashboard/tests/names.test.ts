import { expect, test } from "vitest";
import { plain } from "../src/names.ts";

test("no name turns round what stands beside it", () => {
  expect(plain("Spring\u202egnirps")).toBe("Springgnirps");
  expect(plain("\u202c\u2069\u202eabc")).toBe("abc");
  expect(plain("سعر\u200f (2)")).toBe("سعر\u200f (2)");
  expect(plain("Tết 👨‍👩‍👧")).toBe("Tết 👨‍👩‍👧");
});

test("a name of which nothing can be seen is a dash, none is nothing", () => {
  expect(["\u200b\u2060", " \u00a0\u3000", "\u202e", "\t"].map(plain)).toEqual(["—", "—", "—", "—"]);
  expect(plain("")).toBe("");
});
