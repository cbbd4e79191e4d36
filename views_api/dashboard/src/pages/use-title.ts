import { useEffect } from "preact/hooks";
import { words } from "../preferences.ts";

/** The name of the page in the browser's tab and history. */
export function useTitle(name: string): void {
  const title = `${name} · ${words.value.product}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}
