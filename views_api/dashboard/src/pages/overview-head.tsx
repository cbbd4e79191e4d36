import type { ComponentChildren } from "preact";
import { CAMPAIGNS } from "../address.ts";
import { Link } from "../components/link.tsx";
import { Name } from "../components/name.tsx";
import { Status } from "../components/status.tsx";
import type { Campaign } from "../contract.ts";
import { formats, words } from "../preferences.ts";

interface HeadProps {
  /** null: not known, yet or at all. */
  campaign: Campaign | null;
  /** What the address asks for. */
  id: string;
  failed: boolean;
  zone: string;
}

/** Which campaign this is, and when it runs. */
export function Head({ campaign, id, failed, zone }: HeadProps) {
  if (campaign !== null) return <KnownHead campaign={campaign} zone={zone} />;
  return (
    <Frame code={null}>
      <h1 tabIndex={-1} class={failed ? "" : "skeleton-line wide"}>
        {failed ? <Name text={id} /> : <span class="sr">{words.value.overview}</span>}
      </h1>
      {!failed && <div class="skeleton-line" />}
    </Frame>
  );
}

function Frame({ code, children }: { code: string | null; children: ComponentChildren }) {
  return (
    <div class="head">
      <div class="crumb">
        <Link to={CAMPAIGNS}>{words.value.campaigns}</Link>
        {code !== null && (
          <>
            <span aria-hidden="true">/</span>
            <span class="mono">
              <Name text={code} />
            </span>
          </>
        )}
      </div>
      {children}
    </div>
  );
}

function KnownHead({ campaign, zone }: { campaign: Campaign; zone: string }) {
  const text = words.value.head;
  const day = (instant: string) => formats.value.dayOf(instant, zone);
  return (
    <Frame code={campaign.code}>
      <h1 tabIndex={-1}>
        <Name text={campaign.name} />
        <Status status={campaign.status} />
      </h1>
      <dl class="meta">
        <Runs campaign={campaign} zone={zone} />
        <div>
          <dt>{text.created}</dt>
          <dd>{day(campaign.created_at)}</dd>
        </div>
        {campaign.updated_at !== null && (
          <div>
            <dt>{text.updated}</dt>
            <dd>{day(campaign.updated_at)}</dd>
          </div>
        )}
      </dl>
    </Frame>
  );
}

function Runs({ campaign: { start_at, end_at }, zone }: { campaign: Campaign; zone: string }) {
  const text = words.value.head;
  const [start, end] = [start_at, end_at].map((instant) =>
    instant === null ? null : formats.value.dayOf(instant, zone),
  );
  if (start == null && end == null) return null;
  return (
    <div>
      <dt>{text.runs}</dt>
      <dd>{start == null ? text.until(end ?? "") : end == null ? text.from(start) : `${start} – ${end}`}</dd>
    </div>
  );
}
