/** A host that starts on a folder of many plugins: how long until it is ready, and what memory it takes. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { createHost } from "../../../host/host.ts";
import { labelOf, version } from "../../../test/guests/obedient.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ServerProcess } from "../support/process.ts";

export interface RestartReport {
  readonly plugins: number;
  readonly bytesEach: number;
  /** The same host on an empty folder, for comparison. */
  readonly empty: Start;
  readonly full: Start;
  /** From the first call of each plugin, one after the other. */
  readonly firstCallMilliseconds: { readonly median: number; readonly longest: number };
  /** After every plugin was called, so each has its cell. */
  readonly residentMiBWithCells: number;
  readonly wrong: readonly string[];
}

interface Start {
  /** From the start of the process until `/readyz` says yes. */
  readonly readyMilliseconds: number;
  /** Of the process, once it is ready. */
  readonly residentMiB: number;
}

export async function soakRestart(plugins: number): Promise<RestartReport> {
  await using folder = await temporaryFolder();
  const [empty, server] = await start(join(folder.path, "empty"));
  await server.kill("SIGTERM");

  const data = join(folder.path, "full");
  {
    await using host = await createHost({ data, log: () => {} });
    for (let i = 0; i < plugins; i++) {
      await host.registry.deploy(`p-${i}`, await version(i), { settings: { env: { text: `${i}` } } });
    }
  }
  const [full, restarted] = await start(data);
  const times: number[] = [];
  const wrong: string[] = [];
  for (let i = 0; i < plugins; i++) {
    const begin = performance.now();
    const { body } = await restarted.ask("GET", `/call/p-${i}/describe`);
    times.push(performance.now() - begin);
    if (body !== `${labelOf(i)} ${i} 1`) wrong.push(`p-${i}: ${JSON.stringify(body)}`);
  }
  const residentMiBWithCells = residentMiB(restarted.pid);
  await restarted.kill("SIGTERM");
  times.sort((a, b) => a - b);
  const firstCallMilliseconds = { median: rounded(times[plugins >>> 1]!), longest: rounded(times.at(-1)!) };
  const bytesEach = (await version(0)).length;
  return { plugins, bytesEach, empty, full, firstCallMilliseconds, residentMiBWithCells, wrong };
}

async function start(data: string): Promise<[Start, ServerProcess]> {
  const begin = performance.now();
  const server = await ServerProcess.start(data);
  const readyMilliseconds = rounded(performance.now() - begin);
  return [{ readyMilliseconds, residentMiB: residentMiB(server.pid) }, server];
}

function residentMiB(pid: number): number {
  return rounded(Number(execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" })) / 1024);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
