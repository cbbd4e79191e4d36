// The keys of the page. They act only while no field has the focus.

import { helpOpen } from "./components/help.tsx";
import { openPopover } from "./components/popover.tsx";
import { paused } from "./feed.ts";
import { address, go } from "./navigation.ts";
import type { Preset } from "./period.ts";
import { nextTheme } from "./preferences.ts";
import { signedIn } from "./session.ts";

const PRESETS: Record<string, Preset> = { d: "today", w: "week", m: "month", q: "quarter", y: "year", a: "all" };

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !signedIn.peek()) return;
    const target = event.target as Element;
    if (target.closest("input, select, textarea, dialog") !== null) return;
    if (act(event.key.toLowerCase(), target)) event.preventDefault();
  });
}

/** Whether the key meant something here. */
function act(key: string, target: Element): boolean {
  const preset = PRESETS[key];
  if (preset !== undefined) return showPreset(preset);
  switch (key) {
    case "arrowleft":
    case "arrowright":
      return (
        target.closest("[popover]") === null &&
        !scrolls(target) &&
        press(`period-${key === "arrowleft" ? "previous" : "next"}`)
      );
    case "c":
      return openPopover("period");
    case "/":
      return openPopover("find");
    case "l":
      paused.value = !paused.value;
      return true;
    case "t":
      nextTheme();
      return true;
    case "?":
      helpOpen.value = true;
      return true;
    default:
      return false;
  }
}

function showPreset(kind: Preset): boolean {
  const at = address.peek();
  if (at.page === "unknown") return false;
  const period = { kind, at: null };
  go(at.page === "campaigns" ? { ...at, period, cursor: null } : { ...at, period });
  return true;
}

/** Whether the arrow keys move what is too wide for its box. */
function scrolls(target: Element): boolean {
  const box = target.closest(".scroll");
  return box !== null && box.scrollWidth > box.clientWidth;
}

function press(id: string): boolean {
  const button = document.getElementById(id);
  button?.click();
  return button !== null;
}
