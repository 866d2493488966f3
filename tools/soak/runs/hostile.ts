/**
 * Every attack of the hostile corpus, wherever its code can be made to run, inline and in a process, with the limits that
 * hold when nobody sets any: how long a call to another plugin waits meanwhile.
 */
import { defaultLimits } from "../../../host/registry/plugin-limits.ts";
import { beside, costAlone } from "../../../test/hostile/bystander.ts";
import { corpus } from "../../../test/hostile/corpus.ts";
import { embedder } from "../../../test/hostile/embedder.ts";
import {
  attack,
  type Ground,
  objection,
  prepare,
  restore,
  type Way,
  ways,
} from "../../../test/hostile/run.ts";
import { startTestHost, type TestHost } from "../../../test/support/test-host.ts";
import { memoryInUse } from "../support/collect.ts";

export interface HostileReport {
  /** Units that each call and each start may spend inline. */
  readonly fuel: number;
  readonly grounds: Readonly<Record<string, GroundReport>>;
}

interface GroundReport {
  /** Attacks and ways to carry them out. */
  readonly attacks: number;
  /** Calls to another plugin that were made meanwhile. */
  readonly callsMeanwhile: number;
  /** What was wrong with an answer, to the attack or to the other plugin's call. */
  readonly wrong: readonly string[];
  /** Waits that were longer than promised, in milliseconds that the host's thread was busy. */
  readonly tooLong: readonly string[];
  /** The longest waits, in what was waited: the host's thread busy, and by the clock. */
  readonly worst: readonly AttackReport[];
  readonly worstByClockMilliseconds: number;
  /** Of the wait during each attack: half were below the first, 19 in 20 below the second. */
  readonly medianMilliseconds: number;
  readonly p95Milliseconds: number;
  readonly usedMiB: readonly number[];
  readonly residentMiB: readonly number[];
}

interface AttackReport {
  readonly attack: string;
  readonly wallMilliseconds: number;
  readonly threadMilliseconds: number;
  /** What its calls spent, as the plugin's counters say. */
  readonly fuel: number;
  readonly waitedMilliseconds: number;
  readonly waitedByClockMilliseconds: number;
}

/** What is promised, in milliseconds, and how an attack is deployed. */
interface Promised extends Ground {
  readonly wait: number;
}

const usualFuel = defaultLimits.fuel;
/** Milliseconds. A call in a process may take ten times that by default, of which nobody else notices anything. */
const shortTime = 1_000;

/** `only` is one ground, `about` what the attack's kind and name contain. */
export async function soakHostile(fuel: number, only = "", about = ""): Promise<HostileReport> {
  const given = fuel === usualFuel ? {} : { fuel };
  const grounds: Readonly<Record<string, Promised>> = {
    inline: { placement: "inline", limits: given, wait: 500 },
    process: { placement: "process", limits: { time: shortTime, ...given }, wait: 200 },
    jco: { placement: "process", engine: "jco", limits: { time: shortTime, ...given }, wait: 200 },
  };
  const wanted = Object.entries(grounds).filter(([name]) => only === "" || name === only);
  const reports: Record<string, GroundReport> = {};
  for (const [name, ground] of wanted) reports[name] = await soakGround(ground, about);
  return { fuel, grounds: reports };
}

async function soakGround(ground: Promised, about: string): Promise<GroundReport> {
  const host = await startTestHost({ capabilities: embedder });
  await prepare(host);
  const alone = await costAlone(host);
  const attacks = Object.entries(corpus)
    .flatMap(([kind, all]) => all.map((one) => ({ kind, one })))
    .filter(({ kind, one }) => `${kind}: ${one.name}`.includes(about));
  const [usedMiB, residentMiB]: [number[], number[]] = [[], []];
  const wrong: string[] = [];
  /** Told at once: a run takes long. */
  const tell = (what: string) => {
    console.error(what);
    wrong.push(what);
  };
  const reports: AttackReport[] = [];
  let callsMeanwhile = 0;
  const look = async () => {
    const { used, resident } = await memoryInUse();
    usedMiB.push(used);
    residentMiB.push(resident);
  };
  for (const [i, { kind, one }] of attacks.entries()) {
    if (i % Math.ceil(attacks.length / 3) === 0) await look();
    if (one.settings?.engine === "jco" && ground.engine !== "jco") continue;
    // Not made while the clock runs: that is the attacker's own time.
    const bytes = one.bytes();
    for (const way of ways) {
      const name = `${kind}: ${one.name} (${way})`;
      // What one plugin may spend in a second is not left over from another attack.
      const target = `target-${i}-${way}`;
      const { done, ...carried } = await carryOut(host, target, one, way, ground, bytes, alone, (found) =>
        tell(`${name}: ${found}`.slice(0, 500)),
      );
      if (!done) continue;
      callsMeanwhile += carried.calls;
      reports.push({ attack: name, ...carried.report });
      const { waitedMilliseconds } = carried.report;
      if (waitedMilliseconds > ground.wait) console.error(`${name}: waited ${waitedMilliseconds} ms`);
    }
  }
  await look();
  wrong.push(...host.faults.map(String));
  await host.close();
  if (reports.length === 0) throw new Error("No attack that can be made here is called that.");
  const byWait = reports.toSorted((a, b) => b.waitedMilliseconds - a.waitedMilliseconds);
  const percentile = (part: number) => byWait[Math.floor(byWait.length * (1 - part))]!.waitedMilliseconds;
  return {
    attacks: reports.length,
    callsMeanwhile,
    wrong,
    tooLong: byWait
      .filter(({ waitedMilliseconds }) => waitedMilliseconds > ground.wait)
      .map((report) => `${report.attack}: ${report.waitedMilliseconds} ms`),
    worst: byWait.slice(0, 20),
    worstByClockMilliseconds: Math.max(...reports.map((report) => report.waitedByClockMilliseconds)),
    medianMilliseconds: percentile(0.5),
    p95Milliseconds: percentile(0.95),
    usedMiB,
    residentMiB,
  };
}

async function carryOut(
  host: TestHost,
  target: string,
  one: Parameters<typeof attack>[2],
  way: Way,
  ground: Ground,
  bytes: Uint8Array<ArrayBuffer>,
  alone: number,
  object: (found: string) => void,
) {
  await restore(host, target);
  let done = false;
  const { wall, thread, busy, byClock, calls, mistakes } = await beside(
    host,
    async () => {
      done = await attack(
        host,
        target,
        one,
        way,
        ground,
        (step) => {
          const found = objection(step);
          if (found !== undefined) object(found);
        },
        bytes,
      );
    },
    alone,
  );
  for (const mistake of mistakes) object(`another plugin answered meanwhile: ${mistake}`);
  const { fuel } = host.registry.details(target).counters;
  await host.send("DELETE", `/plugins/${target}?keep-data=false`);
  const report = {
    wallMilliseconds: Math.round(wall),
    threadMilliseconds: Math.round(thread),
    fuel,
    waitedMilliseconds: Math.round(busy),
    waitedByClockMilliseconds: Math.round(byClock),
  };
  return { done, calls, report };
}
