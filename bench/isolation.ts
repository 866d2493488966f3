/** What a quick plugin's callers notice of another plugin that spins: inline at its budget of fuel, or in a process. */

import { bound, type Call, inline, inProcess } from "./support/placed.ts";
import { guest } from "./support/self-contained.ts";
import type { Table } from "./support/table.ts";

/** Units: some tens of milliseconds. */
const budget = 5e7;
/** Milliseconds of each measurement. */
const duration = 5_000;
/** Milliseconds between quick calls. */
const arrival = 1;
/** Milliseconds between the calls that spin. */
const pause = 100;

interface Latencies {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

export async function run(): Promise<Table[]> {
  const quick = await inline(guest);
  const greet = bound(quick, guest, "text");
  // What the budget says: nobody waits longer than the spinner may run.
  const beside = await inline(guest, { fuel: budget });
  const apart = await inProcess(guest);
  const [spinInline, spinApart] = [bound(beside, guest, "spin"), bound(apart, guest, "spin")];

  const start = performance.now();
  attempt(spinInline);
  const spun = performance.now() - start;

  const alone = await latencies(greet);
  const besideInline = await latencies(greet, spinInline);
  // Keeps a core busy all the time.
  const spinning = Promise.resolve(spinApart()).catch(() => {});
  const besideProcess = await latencies(greet);
  for (const placement of [quick, beside, apart]) placement.close();
  await spinning;
  const row = (name: keyof Latencies) => ({
    name,
    nanoseconds: new Map([
      ["alone", alone[name]],
      ["beside an inline spinner", besideInline[name]],
      ["beside one in a process", besideProcess[name]],
    ]),
  });
  return [
    {
      title: `From when a quick call is due to its answer (inline spinner: ${budget.toExponential()} units, ${spun.toFixed(0)} ms, every ${pause} ms)`,
      subject: "alone",
      rows: [row("median"), row("p99"), row("longest")],
    },
  ];
}

/**
 * Nanoseconds from when a call was due, one every `arrival` milliseconds whatever happened to those before, to when it
 * was answered; `spin` is called now and then.
 */
async function latencies(quick: Call, spin?: Call): Promise<Latencies> {
  const samples: number[] = [];
  const timer = spin && setInterval(() => void attempt(spin), pause);
  const start = performance.now();
  for (let due = start; due < start + duration; due += arrival) {
    while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
    await quick("hello");
    samples.push((performance.now() - due) * 1e6);
  }
  clearInterval(timer);
  samples.sort((a, b) => a - b);
  const at = (share: number) =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), longest: at(1) };
}

/** It ends out of fuel. */
function attempt(spin: Call): void {
  try {
    spin();
  } catch {}
}
