import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { words } from "../preferences.ts";
import { Icon } from "./icon.tsx";

export const helpOpen = signal(false);

/** All keys of the page on one sheet. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const { keys, period, find, theme, close, help } = words.value;
  const { presets } = period;
  return (
    <dialog
      ref={dialog}
      aria-label={help}
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <header>
        <h2>{keys.title}</h2>
        <button type="button" class="icon-button" aria-label={close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="key-sheet">
        <section>
          <h3>{keys.period}</h3>
          <Key keys="D" does={presets.today} />
          <Key keys="W" does={presets.week} />
          <Key keys="M" does={presets.month} />
          <Key keys="Q" does={presets.quarter} />
          <Key keys="Y" does={presets.year} />
          <Key keys="A" does={presets.all} />
          <Key keys="C" does={keys.custom} />
          <Key keys="← →" does={keys.neighbours} />
        </section>
        <section>
          <h3>{keys.page}</h3>
          <Key keys="/" does={find.open} />
          <Key keys="L" does={keys.pause} />
          <Key keys="T" does={theme} />
          <Key keys="?" does={keys.thisSheet} />
          <h3>{keys.inChart}</h3>
          <Key keys="↑ ↓" does={keys.nextMark} />
          <Key keys="Esc" does={keys.close} />
        </section>
      </div>
    </dialog>
  );
}

function Key({ keys, does }: { keys: string; does: string }) {
  return (
    <div class="key-row">
      <span>{does}</span>
      <span>
        {keys.split(" ").map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </span>
    </div>
  );
}
