import type { Language } from "../formats.ts";
import { en, type Words } from "./en.ts";
import { vi } from "./vi.ts";

export type { Words };

export const WORDS: Record<Language, Words> = { en, vi };
