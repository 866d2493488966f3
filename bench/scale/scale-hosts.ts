/** Hosts on one store on NATS for `bench -- scale`, each a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { MeteredNats } from "./metered-nats.ts";
import type { ScaleOrder, ScaleReport } from "./scale-process.ts";

export class ScaleHost {
  readonly #child: ChildProcess;
  /** As it stood when it was ready. */
  readonly first: ScaleReport;
  /** Its connections to NATS. */
  readonly connections: ReadonlySet<number>;

  private constructor(child: ChildProcess, first: ScaleReport, connections: ReadonlySet<number>) {
    this.#child = child;
    this.first = first;
    this.connections = connections;
  }

  static async start(nats: MeteredNats, url: string): Promise<ScaleHost> {
    const before = await nats.connections();
    const child = fork(new URL("./scale-process.ts", import.meta.url), [url], {
      execArgv: ["--expose-gc"],
      // Each says with whom it shares the store.
      stdio: ["ignore", "inherit", "ignore", "ipc"],
    });
    const first = await reportOf(child);
    const now = await nats.connections();
    return new ScaleHost(child, first, new Set([...now.keys()].filter((cid) => !before.has(cid))));
  }

  ask(order: Pick<ScaleOrder, "do"> & Partial<ScaleOrder>): Promise<ScaleReport> {
    const report = reportOf(this.#child);
    this.#child.send({ first: 0, count: 0, version: 0, atOnce: 1, every: 0, ...order });
    return report;
  }

  async end(): Promise<void> {
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

async function reportOf(child: ChildProcess): Promise<ScaleReport> {
  const ended = new AbortController();
  const over = once(child, "exit", { signal: ended.signal }).then(() => {
    throw new Error("A host of the bench has ended.");
  });
  over.catch(() => {});
  try {
    const [report] = await Promise.race([once(child, "message"), over]);
    return report as ScaleReport;
  } finally {
    ended.abort();
  }
}
