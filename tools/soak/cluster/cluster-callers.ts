/** Callers of a cluster, through its balancer: some by GET, which may be sent again, some by POST, which may not. */
import { setTimeout as delay } from "node:timers/promises";
import { answeredBy } from "./balancer.ts";
import { answerOf, type ClusterRecord } from "./cluster-record.ts";

export interface Calling {
  readonly url: string;
  readonly plugins: readonly string[];
  readonly callers: number;
  /** Milliseconds that each waits between two calls. */
  readonly pause: number;
  readonly random: (below: number) => number;
}

/** Calls until the signal, and then resolves once all calls have ended. */
export async function callAll(
  record: ClusterRecord,
  { url, plugins, callers, pause, random }: Calling,
  signal: AbortSignal,
): Promise<void> {
  const caller = async (_: unknown, index: number) => {
    // Not all at once.
    await delay(random(pause));
    while (!signal.aborted) {
      await call(record, url, plugins[random(plugins.length)]!, index % 4 > 0);
      await delay(pause / 2 + random(pause));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function call(record: ClusterRecord, url: string, plugin: string, idempotent: boolean): Promise<void> {
  const start = performance.now();
  const post = { method: "POST", body: "[]", headers: { "content-type": "application/json" } };
  let node: string | undefined;
  let answer: string | undefined;
  let why = "";
  try {
    const response = await fetch(`${url}/call/${plugin}/describe`, {
      ...(!idempotent && post),
      signal: AbortSignal.timeout(60_000),
    });
    node = response.headers.get(answeredBy) ?? undefined;
    const said = await answerOf(response);
    answer = said.answer;
    why = said.why ?? "";
  } catch (error) {
    why = error instanceof Error ? `${error.message} ${error.cause ?? ""}` : `${error}`;
  }
  const seen = { plugin, answer, start, end: performance.now(), node };
  if (answer === undefined) record.failed.push({ ...seen, idempotent, why });
  else record.calls.push(seen);
}
