// Texts that others wrote, as they may stand beside ours. Pure.

import { NOTHING } from "./formats.ts";

/** Embeddings, overrides and isolates: one that is not closed, or closes what it did not open, gets out of `<bdi>` and turns round the number behind it. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;
const INVISIBLE = /^[\p{Cc}\p{Cf}\p{Z}]+$/u;

/** A name without what turns the text around it; a dash for one of which nothing can be seen. */
export function plain(name: string): string {
  const text = name.replace(TURNING, "");
  return INVISIBLE.test(text) || (text === "" && name !== "") ? NOTHING : text;
}
