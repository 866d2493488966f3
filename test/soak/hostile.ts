/** Every attack of the hostile corpus: how long a call to another plugin waits meanwhile, beside the attack's budget. */
import { corpus } from "../hostile/corpus.ts";
import { attack, bystander, ceilings, objection, prepare, restore } from "../hostile/run.ts";
import { startTestHost, type TestHost } from "../http/support.ts";
import { memoryInUse } from "./collect.ts";
import { PipelineClient } from "./pipeline.ts";

export interface HostileReport {
  readonly attacks: number;
  /** Units that each call and each start may spend, and what they should take at most. */
  readonly fuel: number;
  readonly budgetMilliseconds: number;
  /** Calls to another plugin that were made meanwhile, and what was wrong with their answers. */
  readonly callsMeanwhile: number;
  readonly wrong: readonly string[];
  /** Longer than the attack's budget and 100 ms. */
  readonly tooLong: readonly string[];
  /**
   * The worst waits, in milliseconds that the host's thread was busy meanwhile: what else the machine does is left
   * out. The call's own time is in it.
   */
  readonly worst: Readonly<Record<string, number>>;
  /** The same as the clock on the wall tells it. */
  readonly worstByClockMilliseconds: number;
  /** Of the worst wait during each attack: half were below the first, 19 in 20 below the second. */
  readonly medianMilliseconds: number;
  readonly p95Milliseconds: number;
  readonly usedMiB: readonly number[];
  readonly residentMiB: readonly number[];
}

/** A thousand million units are about half a second (`defaultFuel`). */
const unitsPerMillisecond = 2e6;

export async function soakHostile(fuel: number): Promise<HostileReport> {
  const host = await startTestHost({ ceilings });
  await prepare(host);
  const attacks = Object.entries(corpus).flatMap(([kind, all]) => all.map((one) => ({ kind, one })));
  const budgetMilliseconds = fuel / unitsPerMillisecond;
  const [usedMiB, residentMiB]: [number[], number[]] = [[], []];
  const wrong: string[] = [];
  const waits: [name: string, milliseconds: number][] = [];
  const tooLong: string[] = [];
  let callsMeanwhile = 0;
  let worstByClock = 0;
  const look = async () => {
    const { used, resident } = await memoryInUse();
    usedMiB.push(used);
    residentMiB.push(resident);
  };
  for (const [i, { kind, one }] of attacks.entries()) {
    if (i % Math.ceil(attacks.length / 3) === 0) await look();
    const name = `${kind}: ${one.name}`;
    // Not made while the clock runs: that is the attacker's own time.
    const bytes = one.bytes();
    await restore(host);
    const calls = callWithoutPause(host);
    await attack(host, { ...one, bytes: () => bytes }, fuel, (step) => {
      const found = objection(step);
      if (found !== undefined) wrong.push(`${name}: ${found}`.slice(0, 500));
    });
    const { longest, byClock, made, mistakes } = await calls.end();
    callsMeanwhile += made;
    wrong.push(...mistakes.map((mistake) => `while ${name}: ${mistake}`));
    waits.push([name, Math.round(longest)]);
    worstByClock = Math.max(worstByClock, byClock);
    const budget = (one.settings?.limits?.fuel ?? fuel) / unitsPerMillisecond;
    if (longest > budget + 100) tooLong.push(`${name}: ${Math.round(longest)} ms`);
  }
  await restore(host);
  await look();
  wrong.push(...host.faults.map(String));
  await host.close();
  waits.sort(([, a], [, b]) => b - a);
  const percentile = (part: number) => waits[Math.floor(waits.length * (1 - part))]![1];
  return {
    attacks: attacks.length,
    fuel,
    budgetMilliseconds,
    callsMeanwhile,
    wrong,
    tooLong,
    worst: Object.fromEntries(waits.slice(0, 10)),
    worstByClockMilliseconds: Math.round(worstByClock),
    medianMilliseconds: percentile(0.5),
    p95Milliseconds: percentile(0.95),
    usedMiB,
    residentMiB,
  };
}

/** Calls the bystander again and again, in the attacked host's own process. */
function callWithoutPause(host: TestHost) {
  const client = new PipelineClient(host.url);
  const body = Buffer.from('["Ada"]');
  const request = { method: "POST", path: `/call/${bystander}/greet`, type: "application/json", body };
  const mistakes: string[] = [];
  let [ended, longest, byClock, made] = [false, 0, 0, 0];
  const run = (async () => {
    while (!ended) {
      const [start, busy] = [performance.now(), process.threadCpuUsage()];
      const [answer] = await client.ask([request]);
      const { user, system } = process.threadCpuUsage(busy);
      longest = Math.max(longest, (user + system) / 1000);
      byClock = Math.max(byClock, performance.now() - start);
      made++;
      const said = `${answer!.status} ${answer!.body}`;
      if (said !== '200 "Hello, Ada!"') mistakes.push(said);
    }
  })();
  return {
    async end() {
      ended = true;
      await run;
      client.close();
      return { longest, byClock, made, mistakes };
    },
  };
}
