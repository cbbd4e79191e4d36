import type { Stamped } from "../contract.ts";
import type { Feed } from "../feed.ts";
import { formats, words } from "../preferences.ts";

/** On every page, and printed with it: what the numbers are true for. */
export function Foot({ feed }: { feed: Feed<Stamped> }) {
  const stamp = feed.received.value?.stamp;
  if (stamp === undefined) return <footer class="foot" />;
  const text = words.value.foot;
  return (
    <footer class="foot">
      <span>{text.asOf(formats.value.instant(stamp.as_of, stamp.timezone))}</span>
      <span>{stamp.timezone}</span>
      <span>{text.definitions(String(stamp.definition_version))}</span>
      {stamp.currency !== null && <span>{stamp.currency}</span>}
      <span class="mono">{text.revision(stamp.revision)}</span>
    </footer>
  );
}
