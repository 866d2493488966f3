/** What a quick plugin's callers notice of another plugin that spins: inline at its budget of fuel, or in a process. */

import { bound, type Call, inline, inProcess, limits } from "./support/placed.ts";
import { guest } from "./support/self-contained.ts";
import type { Table } from "./support/table.ts";

/** Units that a call of the spinner may use: some tens of milliseconds. */
const budget = 5e8;
/** Rounds in which each situation is measured, in turn: what else the machine does hits all alike. */
const rounds = 9;
/** Milliseconds that each situation is measured in a round. */
const duration = 1_000;
/** Milliseconds between quick calls. */
const arrival = 1;
/** Milliseconds between the calls that spin inline. */
const pause = 100;

interface Latencies {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

interface Situation {
  readonly name: string;
  /** Makes the other plugin spin until the function it gives is called, and resolves. */
  readonly disturb: () => () => unknown;
}

export async function run(): Promise<Table[]> {
  const quick = await inline(guest);
  const greet = bound(quick, guest, "text");
  // What the budget says: nobody waits longer than the spinner may run.
  const beside = await inline(guest, { fuel: budget });
  const apart = await inProcess(guest, { limits: { ...limits, fuel: budget } });
  const [spinInline, spinApart] = [bound(beside, guest, "spin"), bound(apart, guest, "spin")];

  const spins: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    await attempt(spinInline);
    spins.push(performance.now() - start);
  }

  const situations: Situation[] = [
    { name: "alone", disturb: () => () => {} },
    { name: "beside an inline spinner", disturb: () => nowAndThen(spinInline) },
    { name: "beside one in a process", disturb: () => always(spinApart) },
  ];
  const measured = new Map<string, Latencies[]>(situations.map(({ name }) => [name, []]));
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const { name, disturb } of situations) {
      const end = disturb();
      const seen = await latencies(greet);
      await end();
      if (round >= 0) measured.get(name)!.push(seen);
    }
  }
  for (const placement of [quick, beside, apart]) placement.close();

  const row = (name: string, of: (rounds: readonly Latencies[]) => number) => ({
    name,
    nanoseconds: new Map([...measured].map(([situation, seen]) => [situation, of(seen)])),
  });
  const usual = (key: keyof Latencies) => (seen: readonly Latencies[]) =>
    quantile(
      seen.map((round) => round[key]),
      0.5,
    );
  return [
    {
      title: `From when a quick call is due to its answer (inline spinner: ${budget.toExponential()} units, ${quantile(spins, 0.5).toFixed(0)} ms, every ${pause} ms), the usual one of ${rounds} rounds`,
      subject: "alone",
      rows: [
        row("median", usual("median")),
        row("p99", usual("p99")),
        row("p99 in the quietest round", (seen) => Math.min(...seen.map(({ p99 }) => p99))),
        row("longest", usual("longest")),
      ],
    },
  ];
}

/**
 * Nanoseconds from when a call was due, one every `arrival` milliseconds whatever happened to those before, to when it
 * was answered.
 */
async function latencies(quick: Call): Promise<Latencies> {
  const samples: number[] = [];
  const start = performance.now();
  for (let due = start; due < start + duration; due += arrival) {
    while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
    await quick("hello");
    samples.push((performance.now() - due) * 1e6);
  }
  return { median: quantile(samples, 0.5), p99: quantile(samples, 0.99), longest: quantile(samples, 1) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function nowAndThen(spin: Call): () => void {
  const timer = setInterval(() => void attempt(spin), pause);
  return () => clearInterval(timer);
}

/** Keeps a core busy. */
function always(spin: Call): () => Promise<void> {
  let over = false;
  const spinning = (async () => {
    while (!over) await attempt(spin);
  })();
  return () => {
    over = true;
    return spinning;
  };
}

/** It ends out of fuel. */
async function attempt(spin: Call): Promise<void> {
  try {
    await spin();
  } catch {}
}
