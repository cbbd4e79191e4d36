import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";

interface PopoverProps {
  /** Unique on the page; the button is `<id>-button`. */
  id: string;
  /** Accessible name of the panel, and of the button where its face has no words. */
  label: string;
  buttonClass: string;
  labelButton?: boolean;
  panelClass?: string;
  face: ComponentChildren;
  /** Drawn only while open. */
  children: (close: () => void) => ComponentChildren;
}

const MARGIN = 12;
const GAP = 6;

/** A button and the panel that it opens. The browser's own popover brings Esc, the click outside and the focus back. */
export function Popover({
  id,
  label,
  buttonClass,
  labelButton = false,
  panelClass = "",
  face,
  children,
}: PopoverProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const close = useCallback(() => panel.current?.hidePopover(), []);
  usePlacement(open, button, panel);
  return (
    <>
      <button
        type="button"
        id={`${id}-button`}
        class={buttonClass}
        popovertarget={id}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={labelButton ? label : undefined}
        title={labelButton ? label : undefined}
        ref={button}
      >
        {face}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        class={`popover ${panelClass}`}
        ref={panel}
        onBeforeToggle={(event) => setOpen(event.newState === "open")}
      >
        {open && children(close)}
      </div>
    </>
  );
}

/** Below its button, or below what that stands for (`data-anchor`); inside the window, also while the page scrolls. */
function usePlacement(
  open: boolean,
  button: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
): void {
  useLayoutEffect(() => {
    if (!open) return;
    const place = () => {
      if (button.current === null || panel.current === null) return;
      const anchor = (button.current.closest("[data-anchor]") ?? button.current).getBoundingClientRect();
      const { style, offsetWidth } = panel.current;
      const left = Math.min(anchor.left, document.documentElement.clientWidth - offsetWidth - MARGIN);
      style.left = `${Math.max(MARGIN, left)}px`;
      style.top = `${anchor.bottom + GAP}px`;
      style.maxHeight = `${Math.max(160, innerHeight - anchor.bottom - GAP - MARGIN)}px`;
    };
    place();
    const observer = new ResizeObserver(place);
    if (panel.current !== null) observer.observe(panel.current);
    addEventListener("scroll", place, { passive: true });
    addEventListener("resize", place, { passive: true });
    return () => {
      observer.disconnect();
      removeEventListener("scroll", place);
      removeEventListener("resize", place);
    };
  }, [open, button, panel]);
}

/** Opens a popover from elsewhere, as a key does. */
export function openPopover(id: string): boolean {
  const panel = document.getElementById(id);
  if (panel === null) return false;
  panel.showPopover();
  return true;
}
