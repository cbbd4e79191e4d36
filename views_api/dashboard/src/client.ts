// One request to the API, and what can go wrong with it.

import { authorization, refuse } from "./session.ts";

export type ProblemKind = "unreachable" | "unauthorized" | "forbidden" | "not_found" | "refused" | "unavailable";

/** A request that got no answer, or a problem document (RFC 9457) in place of one. */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly status: number | null,
    message: string,
    /** How long the server asked to wait. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
    this.name = "Problem";
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.kind === "unreachable" || this.kind === "unavailable";
  }
}

/** An answer that takes longer than this does not come. */
const PATIENCE_MS = 15_000;

export interface RequestOptions {
  signal: AbortSignal;
  headers: Record<string, string>;
}

/** Throws a `Problem`; if the API does not know who asks, the token form comes back. */
export async function request(path: string, { signal, headers }: RequestOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      cache: "no-store",
      headers: { ...headers, ...authorization() },
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem("unreachable", null, "no answer");
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (problem.kind === "unauthorized") refuse();
  throw problem;
}

/** The JSON of one answer. */
export async function get<T>(path: string, signal: AbortSignal): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const options = { signal: AbortSignal.any([signal, patience]), headers: { accept: "application/json" } };
  try {
    const response = await request(path, options);
    return (await response.json()) as T;
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem("unreachable", null, patience.aborted ? "no answer in time" : "no readable answer");
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new Problem(
    kindOf(status),
    status,
    await detailOf(response),
    Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
  );
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429 || status >= 500) return "unavailable";
  return "refused";
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail, title } = (await response.json()) as { detail?: unknown; title?: unknown };
    return String(detail ?? title ?? "");
  } catch {
    return "";
  }
}
