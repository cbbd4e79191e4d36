// Language and theme: what belongs to the reader and not to the address. Kept in this browser, where it allows that.

import { computed, effect, signal } from "@preact/signals";
import { Formats, type Language } from "./formats.ts";
import { WORDS } from "./words/index.ts";

export type Theme = "system" | "light" | "dark";

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const LANGUAGES: readonly Language[] = ["en", "vi"];

export const theme = signal<Theme>(kept("theme", THEMES) ?? "system");
export const language = signal<Language>(kept("language", LANGUAGES) ?? spoken());

/** The dictionary and the formats of the chosen language. */
export const words = computed(() => WORDS[language.value]);
export const formats = computed(() => new Formats(language.value));

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
}

export function nextLanguage(): void {
  language.value = language.value === "en" ? "vi" : "en";
}

/** Shows both on the document and remembers them. */
export function applyPreferences(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    keep("theme", theme.value);
  });
  effect(() => {
    document.documentElement.lang = language.value;
    keep("language", language.value);
  });
}

function spoken(): Language {
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("vi")) ? "vi" : "en";
}

function kept<T extends string>(key: string, allowed: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(`campaign-kpis.${key}`);
    return allowed.find((one) => one === value) ?? null;
  } catch {
    return null; // storage is switched off: the defaults hold
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`campaign-kpis.${key}`, value);
  } catch {
    // storage is switched off: the choice lasts as long as the page
  }
}
