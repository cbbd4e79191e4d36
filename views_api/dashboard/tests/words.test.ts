import { expect, test } from "vitest";
import { WORDS } from "../src/words/index.ts";

/** Every text of a dictionary by its path; sentences are filled with the names of their gaps. */
function texts(node: unknown, path = ""): [string, string][] {
  if (typeof node === "string") return [[path, node]];
  if (typeof node === "function") return [[path, String(node("<1>", "<2>"))]];
  return Object.entries(node as object).flatMap(([key, child]) => texts(child, `${path}.${key}`));
}

const english = texts(WORDS.en);
const vietnamese = new Map(texts(WORDS.vi));

test("everything is said in both languages", () => {
  expect(english.filter(([path]) => !vietnamese.get(path)?.trim())).toEqual([]);
});

test("a sentence speaks of the same things in both languages", () => {
  const gaps = (sentence: string) => [...new Set(sentence.match(/<\d>/g) ?? [])].sort().join();

  expect(english.filter(([path, text]) => gaps(text) !== gaps(vietnamese.get(path) ?? ""))).toEqual([]);
});

test("nothing but the name of the product is the same in both", () => {
  const same = english.filter(([path, text]) => vietnamese.get(path) === text && !text.startsWith("<"));

  expect(same.map(([path]) => path)).toEqual([".product"]);
});
