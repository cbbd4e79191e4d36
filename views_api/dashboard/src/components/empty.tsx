import type { Problem } from "../client.ts";
import { now } from "../clock.ts";
import { formats, words } from "../preferences.ts";
import { Icon, type IconName } from "./icon.tsx";

interface EmptyProps {
  icon: IconName;
  title: string;
  why?: string;
  action?: { text: string; run: () => void };
  /** Something failed, as opposed to: there is nothing. */
  alert?: boolean;
}

/** Why there is nothing to show, and at most one thing to do about it. */
export function Empty({ icon, title, why, action, alert = false }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <b role={alert ? "alert" : undefined}>{title}</b>
      {why !== undefined && <p>{why}</p>}
      {action !== undefined && (
        <button type="button" class="button small" onClick={action.run}>
          {action.text}
        </button>
      )}
    </div>
  );
}

interface FailureProps {
  problem: Problem;
  title: string;
  retryAt: number | null;
  onRetry: () => void;
}

/** A view that could not be loaded: why, when it is tried again, and a way not to wait. */
export function Failure({ problem, title, retryAt, onRetry }: FailureProps) {
  const text = words.value.problems;
  if (problem.kind === "forbidden") return <Empty icon="lock" title={text.forbidden} why={text.forbiddenWhy} alert />;
  const parts = [
    reasonOf(problem),
    problem.passing ? countdown(retryAt, text.retry, text.retryingNow) : "",
    problem.status === null ? "" : text.code(String(problem.status)),
  ];
  const action = { text: text.tryNow, run: onRetry };
  return <Empty icon="cloud" title={title} why={parts.filter(Boolean).join(" ")} action={action} alert />;
}

/** In the reader's words; only what a wrong address asked for is said in the API's own. */
export function reasonOf(problem: Problem): string {
  const text = words.value.problems;
  if (problem.kind === "unreachable") return text.unreachable;
  return problem.kind === "unavailable" ? text.unavailable : `${problem.message}.`;
}

/** "Trying again in 8 s", counted down by the second. */
export function countdown(retryAt: number | null, inSeconds: (seconds: string) => string, atOnce: string): string {
  const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now.value) / 1000);
  return seconds > 0 ? inSeconds(formats.value.count(seconds)) : atOnce;
}
