// What each number means, from the API, asked for once: the one text there is, in both languages.

import { signal } from "@preact/signals";
import { get, Problem } from "./client.ts";
import type { Definition, Definitions } from "./contract.ts";

/** By name; null until loaded. */
export const definitions = signal<ReadonlyMap<string, Definition> | null>(null);

/** Loads them where that has not happened yet. The numbers are shown without them, and the next popover tries again. */
export async function loadDefinitions(): Promise<void> {
  if (definitions.peek() !== null) return;
  try {
    const { items } = await get<Definitions>("/v1/kpis", new AbortController().signal);
    definitions.value = new Map(items.map((item) => [item.name, item]));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
