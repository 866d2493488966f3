/** What replacing a version costs: the calls that go on meanwhile, and the upload itself, stage by stage. */
import { createHost } from "../host/host.ts";
import { version } from "../test/guests/obedient.ts";
import { temporaryFolder } from "../tools/soak/support/folder.ts";
import { ServerProcess } from "../tools/soak/support/process.ts";
import type { Table } from "./support/table.ts";

const callers = 8;
const rounds = 10;
const roundMilliseconds = 1000;
const warmups = 30;
const uploads = 300;

export async function run(): Promise<Table[]> {
  return [await callsDuringSwaps(), await stages()];
}

/** Calls over HTTP of a plugin in a process of its own: left alone, and replaced, in turn. */
async function callsDuringSwaps(): Promise<Table> {
  await using data = await temporaryFolder();
  const server = await ServerProcess.start(data.path);
  let number = 0;
  const swap = async () => {
    const { status, body } = await server.ask("PUT", "/plugins/guest", await version(++number));
    if (status !== 200 && status !== 201) throw new Error(JSON.stringify(body));
  };
  for (let i = 0; i < warmups; i++) await swap();

  /** Nanoseconds of each call, while `meanwhile` is done every so many milliseconds. */
  const round = async (meanwhile?: { every: number; work: () => Promise<void> }): Promise<number[]> => {
    const times: number[] = [];
    const end = performance.now() + roundMilliseconds;
    const call = async () => {
      while (performance.now() < end) {
        const start = performance.now();
        const { status } = await server.ask("GET", "/call/guest/describe");
        if (status !== 200) throw new Error(`a call failed: ${status}`);
        times.push((performance.now() - start) * 1e6);
      }
    };
    const change = async () => {
      while (meanwhile && performance.now() < end) {
        const next = performance.now() + meanwhile.every;
        await meanwhile.work();
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      }
    };
    await Promise.all([change(), ...Array.from({ length: callers }, call)]);
    return times;
  };
  const contenders = [
    { name: "no swaps", meanwhile: undefined },
    { name: "10 swaps a second", meanwhile: { every: 100, work: swap } },
    { name: "swap after swap", meanwhile: { every: 0, work: swap } },
  ];
  await round();
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let i = 0; i < rounds; i++) {
    for (const { name, meanwhile } of contenders) samples.get(name)!.push(...(await round(meanwhile)));
  }
  await server.kill("SIGTERM");
  return {
    title: `A call over HTTP, of ${callers} callers, while its plugin is replaced`,
    subject: "no swaps",
    rows: [0.5, 0.9, 0.99, 0.999].map((share) => ({
      name: `p${share * 100}`,
      nanoseconds: new Map([...samples].map(([name, times]) => [name, quantile(times, share)])),
    })),
  };
}

/** From the bytes to live, on a warm host with its store on disk, state handed over; each version is a new one. */
async function stages(): Promise<Table> {
  await using data = await temporaryFolder();
  await using host = await createHost({ data: data.path, log: () => {} });
  const samples = new Map<string, number[]>();
  let size = 0;
  for (let i = 0; i < warmups + uploads; i++) {
    const bytes = await version(i);
    const start = performance.now();
    const { timings } = await host.registry.deploy("guest", bytes);
    const total = performance.now() - start;
    size = bytes.length;
    if (i < warmups) continue;
    for (const [stage, milliseconds] of Object.entries({ ...timings, total })) {
      const times = samples.get(stage) ?? [];
      samples.set(stage, times);
      times.push(milliseconds * 1e6);
    }
  }
  return {
    title: `From upload to live, a plugin of ${size.toLocaleString("en")} bytes, by stage`,
    subject: "median",
    rows: [...samples].map(([name, times]) => ({
      name,
      nanoseconds: new Map([
        ["median", quantile(times, 0.5)],
        ["p99", quantile(times, 0.99)],
      ]),
    })),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
