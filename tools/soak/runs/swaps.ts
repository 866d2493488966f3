/** Callers without pause while uploads alternate two versions: no call may fail, or see anything but one of the two. */
import { exampleWasm } from "../../../test/support/examples.ts";
import { startServer } from "../support/server.ts";

export interface SwapReport {
  readonly uploads: number;
  readonly calls: number;
  readonly failed: readonly string[];
  /** Answers that neither version gives. */
  readonly strange: readonly string[];
  /** What the callers got after the last swap. */
  readonly last: readonly string[];
}

export const answers = ["2026-11-22T10:15:02Z", "当前时间:2026-11-22 10:15:02"] as const;

export async function soakSwaps(uploads: number, callers = 32): Promise<SwapReport> {
  await using server = await startServer();
  const versions = [exampleWasm("friendly-time-v1"), exampleWasm("friendly-time-v2")] as const;
  const settings = { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } };
  await server.host.registry.deploy("friendly-time", versions[0], { settings });

  const failed: string[] = [];
  const strange: string[] = [];
  let calls = 0;
  let running = true;
  const call = async () => {
    const answer = await fetch(`${server.url}/call/friendly-time/get-friendly-time`);
    const text = await answer.text();
    calls++;
    if (answer.status !== 200) failed.push(`${answer.status} ${text}`);
    else if (!answers.some((known) => JSON.stringify(known) === text)) strange.push(text);
    return text;
  };
  const load = Promise.all(
    Array.from({ length: callers }, async () => {
      while (running) await call();
    }),
  );
  for (let i = 1; i <= uploads; i++) {
    const before = calls;
    const answer = await server.upload("friendly-time", versions[i % 2]!);
    const text = await answer.text();
    if (answer.status !== 200) failed.push(`upload ${i}: ${answer.status} ${text}`);
    // Every version answers some calls before the next replaces it.
    while (calls < before + callers) await call();
  }
  const last = await Promise.all(Array.from({ length: callers }, call));
  running = false;
  await load;
  return { uploads, calls, failed, strange, last: [...new Set(last)] };
}
