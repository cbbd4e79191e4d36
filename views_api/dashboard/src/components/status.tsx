import type { CampaignStatus } from "../contract.ts";
import { words } from "../preferences.ts";

const LOOKS: Record<CampaignStatus, string> = { active: "good", not_active: "off", suspended: "careful" };

export function Status({ status }: { status: CampaignStatus }) {
  return <span class={`badge ${LOOKS[status]}`}>{words.value.status[status]}</span>;
}
