import { useEffect } from "preact/hooks";
import type { Stamp } from "../contract.ts";
import { definitions, loadDefinitions } from "../definitions.ts";
import { currentFeed } from "../feed.ts";
import { formats, language, words } from "../preferences.ts";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";

interface HowProps {
  /** The number's name in the API. */
  name: string;
  label: string;
  stamp: Stamp;
}

/** How is this calculated? What the number means, by which definition, as of when. */
export function How({ name, label, stamp }: HowProps) {
  return (
    <Popover
      id={`how-${name}`}
      label={`${label}: ${words.value.tiles.how}`}
      labelButton
      buttonClass="how-button"
      panelClass="how"
      face={<Icon name="info" />}
    >
      {() => <Explanation name={name} label={label} stamp={stamp} />}
    </Popover>
  );
}

function Explanation({ name, label, stamp }: HowProps) {
  useEffect(() => void loadDefinitions(), []);
  const text = words.value.how;
  const definition = definitions.value?.get(name);
  // The number may be older than the last stamp, which says that it still holds.
  const { as_of, timezone } = currentFeed.value?.received.value?.stamp ?? stamp;
  return (
    <>
      <h3>{definition?.title[language.value] ?? label}</h3>
      <p>{definition?.definition[language.value] ?? text.unknown}</p>
      <dl class="facts">
        {definition !== undefined && (
          <>
            <dt>{text.definition}</dt>
            <dd>
              {definition.row}, {text.version(String(stamp.definition_version))}
            </dd>
          </>
        )}
        <dt>{text.asOf}</dt>
        <dd>{formats.value.instant(as_of, timezone)}</dd>
        <dt>{text.zone}</dt>
        <dd>{timezone}</dd>
      </dl>
    </>
  );
}
