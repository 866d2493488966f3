/** A nats-server whose traffic and processor time are read from outside: its monitoring, and what Linux counts of its process. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../test/support/processes.ts";
import { natsServer } from "../../test/system/nats/nats-server.ts";
import { temporaryFolder } from "../../tools/soak/support/folder.ts";
import { cpuTime } from "../support/cpu-time.ts";

/** All since some time: messages and bytes as the server had them from clients (in) and sent them (out). */
export interface Traffic {
  readonly inMessages: number;
  readonly outMessages: number;
  readonly inBytes: number;
  readonly outBytes: number;
  /** Milliseconds of the server's processor time. */
  readonly cpu: number;
  readonly seconds: number;
}

interface Counted {
  readonly in_msgs: number;
  readonly out_msgs: number;
  readonly in_bytes: number;
  readonly out_bytes: number;
}

export class MeteredNats {
  readonly port: number;
  readonly #monitor: string;
  readonly #pid: number;
  readonly #parts: AsyncDisposableStack;

  private constructor(port: number, monitor: string, pid: number, parts: AsyncDisposableStack) {
    this.port = port;
    this.#monitor = monitor;
    this.#pid = pid;
    this.#parts = parts;
  }

  static async start(): Promise<MeteredNats> {
    await using opened = new AsyncDisposableStack();
    const { path } = opened.use(await temporaryFolder());
    const [monitor] = await freePorts(1);
    const file = join(path, "pid");
    const config = `http: "127.0.0.1:${monitor}"\npid_file: ${JSON.stringify(file)}`;
    const { port } = opened.use(await natsServer(config));
    const pid = Number(await readFile(file, "utf8"));
    return new MeteredNats(port, `http://127.0.0.1:${monitor}`, pid, opened.move());
  }

  /** Connections that are there, by the server's number of each. */
  async connections(): Promise<ReadonlyMap<number, Counted>> {
    const { connections } = await this.#ask<{ connections: (Counted & { cid: number })[] }>(
      "connz?limit=1000",
    );
    return new Map(connections.map((connection) => [connection.cid, connection]));
  }

  /** What there is from now until what is given back is called: of these connections, or of all. */
  async measure(connections?: ReadonlySet<number>): Promise<() => Promise<Traffic>> {
    const before = await this.#read(connections);
    return async () => minus(await this.#read(connections), before);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }

  async #read(connections: ReadonlySet<number> | undefined): Promise<Traffic> {
    const parts: Counted[] = connections
      ? [...(await this.connections())].flatMap(([cid, counted]) => (connections.has(cid) ? [counted] : []))
      : [await this.#ask<Counted>("varz")];
    const sum = (of: keyof Counted) => parts.reduce((all, part) => all + part[of], 0);
    return {
      inMessages: sum("in_msgs"),
      outMessages: sum("out_msgs"),
      inBytes: sum("in_bytes"),
      outBytes: sum("out_bytes"),
      cpu: ((await cpuTime(this.#pid)) ?? Number.NaN) / 1e6,
      seconds: performance.now() / 1e3,
    };
  }

  async #ask<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.#monitor}/${path}`)).json()) as T;
  }
}

function minus(now: Traffic, before: Traffic): Traffic {
  const names = Object.keys(now) as (keyof Traffic)[];
  return Object.fromEntries(names.map((name) => [name, now[name] - before[name]])) as unknown as Traffic;
}
