import type { Basis } from "../contract.ts";
import { words } from "../preferences.ts";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";

const BASES: readonly Basis[] = ["created", "closed", "as_of"];

/** One basis for a whole page, always in sight: all its figures add up with each other. */
export function BasisMenu({ basis, onPick }: { basis: Basis; onPick: (basis: Basis) => void }) {
  const text = words.value.basis;
  const face = (
    <>
      {text.title}: <b>{text.names[basis]}</b>
      <Icon name="caret" />
    </>
  );
  return (
    <Popover id="basis" label={text.title} buttonClass="pill" panelClass="menu" face={face}>
      {(close) => (
        <ul>
          {BASES.map((one) => (
            <li key={one}>
              <button
                type="button"
                aria-pressed={one === basis}
                onClick={() => {
                  close();
                  onPick(one);
                }}
              >
                <b>{text.names[one]}</b>
                <span class="quiet small-text">{text.why[one]}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
