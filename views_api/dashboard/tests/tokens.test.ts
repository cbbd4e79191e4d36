import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const TOKENS = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
);

const TEXT = 4.5;
const MARK = 3;

const PAIRS: [string, string, number][] = [
  ...["ink", "ink-2", "ink-3", "accent", "good", "bad", "careful"].flatMap((ink): [string, string, number][] =>
    ["ground", "surface", "surface-2"].map((ground) => [ink, ground, TEXT]),
  ),
  ["accent", "accent-soft", TEXT],
  ["good", "good-soft", TEXT],
  ["careful", "careful-soft", TEXT],
  ["stale", "stale-soft", TEXT],
  ["ink-2", "accent-soft", TEXT],
  ["ink-2", "careful-soft", TEXT],
  ["ink-2", "stale-soft", TEXT],
  ["on-accent", "accent", TEXT],
  ["on-accent", "accent-strong", TEXT],
  ...["open", "won", "lost", "line-control"].map((mark): [string, string, number] => [mark, "surface", MARK]),
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test.each(PAIRS)("%s on %s has a contrast of at least its due", (ink, ground, due) => {
    expect(contrast(colour(ink, theme), colour(ground, theme))).toBeGreaterThanOrEqual(due);
  });
});

function colour(name: string, theme: "light" | "dark"): string {
  const found = TOKENS.get(name)?.[theme];
  if (found === undefined) throw new Error(`no colour --${name}`);
  return found;
}

/** WCAG 2.2 */
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
