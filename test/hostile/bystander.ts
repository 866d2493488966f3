/** Somebody who calls another plugin of an attacked host, again and again, and tells how long he waits. */

import { PipelineClient } from "../../tools/soak/support/pipeline.ts";
import type { TestHost } from "../support/test-host.ts";
import { bystander } from "./run.ts";

/** Milliseconds. */
export interface Waited {
  /** By the clock. */
  readonly wall: number;
  /** For how many of them, at most, the host's thread was busy: what else the machine does is left out. */
  readonly busy: number;
  /** For how many the thread was busy in all, without what the bystander's own calls take. */
  readonly thread: number;
  /** The longest that a call waited, by the clock. */
  readonly byClock: number;
  /** Calls that were made meanwhile. */
  readonly calls: number;
  /** Wrong answers among them. */
  readonly mistakes: readonly string[];
}

/**
 * Calls without pause, in the attacked host's own process, until `act` is done. `alone` is what a call takes of the
 * thread when nothing else happens.
 */
export async function beside(host: TestHost, act: () => Promise<unknown>, alone = 0): Promise<Waited> {
  const client = new PipelineClient(host.url);
  const body = Buffer.from('["Ada"]');
  const request = { method: "POST", path: `/call/${bystander}/greet`, type: "application/json", body };
  const mistakes: string[] = [];
  let [ended, busy, byClock, calls] = [false, 0, 0, 0];
  const run = async () => {
    while (!ended) {
      const [start, before] = [performance.now(), process.threadCpuUsage()];
      const [answer] = await client.ask([request]);
      busy = Math.max(busy, since(before));
      byClock = Math.max(byClock, performance.now() - start);
      calls++;
      const said = `${answer!.status} ${answer!.body}`;
      if (said !== '200 "Hello, Ada!"') mistakes.push(said);
    }
  };
  await client.ask([request]);
  const [start, before] = [performance.now(), process.threadCpuUsage()];
  const running = run();
  try {
    await act();
  } finally {
    ended = true;
    await running;
    client.close();
  }
  const wall = performance.now() - start;
  const thread = Math.max(0, since(before) - calls * alone);
  return { wall, busy, thread, byClock, calls, mistakes };
}

/** Milliseconds of the thread that a bystander's call takes alone. */
export async function costAlone(host: TestHost): Promise<number> {
  const wait = () => new Promise((resolve) => setTimeout(resolve, 500));
  await beside(host, wait);
  const { thread, calls } = await beside(host, wait);
  return thread / calls;
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
