import { words } from "../preferences.ts";
import { Icon } from "./icon.tsx";

/** Instead of an amount that there may well be, but not for this reader: a dash would say that it is not known. */
export function Withheld() {
  const text = words.value.withheld;
  return (
    <span class="withheld" title={text.why}>
      <Icon name="lock" />
      <span>{text.short}</span>
    </span>
  );
}
