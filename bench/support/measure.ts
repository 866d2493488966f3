/** Timing of small pieces of code, several of them side by side so that drift of the machine hits all alike. */

export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

/** Nanoseconds a call takes: the median of the rounds, by contender. */
export function measure(
  contenders: readonly Contender[],
  { rounds = 9, millis = 40 } = {},
): Map<string, number> {
  const counts = new Map(contenders.map((contender) => [contender, calibrate(contender, millis)]));
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) samples.get(contender)!.push(time(contender, counts.get(contender)!));
  }
  return new Map(contenders.map((contender) => [contender.name, median(samples.get(contender)!)]));
}

/** How many calls fill one round; warms up on the way. */
function calibrate(contender: Contender, millis: number): number {
  let count = 16;
  while (time(contender, count) * count < (millis / 2) * 1e6) count *= 2;
  return count;
}

function time({ run }: Contender, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) run();
  return ((performance.now() - start) * 1e6) / count;
}

/** The one in the middle, of two the greater. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1]!;
}

/** Like `measure`, for what takes long or is asynchronous: so many runs each, in turn. */
export async function measureSlow(
  contenders: readonly { readonly name: string; readonly run: (i: number) => unknown }[],
  runs: number,
): Promise<Map<string, number>> {
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let i = 0; i < runs; i++) {
    for (const { name, run } of contenders) {
      const start = performance.now();
      await run(i);
      samples.get(name)!.push((performance.now() - start) * 1e6);
    }
  }
  return new Map([...samples].map(([name, times]) => [name, median(times)]));
}

/** Median of times, and what 99 of 100 are below. */
export function quantiles(times: readonly number[]): Map<string, number> {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  return new Map([
    ["median", at(0.5)],
    ["99 of 100", at(0.99)],
  ]);
}
