/**
 * Values by key: a key-value store of the host's beside bare `node:sqlite` in a thread, with the same `synchronous = FULL`,
 * and beside Debian's `redis-server` with `appendfsync always` where that is installed. 100 bytes each.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { SqliteKeyValue } from "../host/backends/key-value/sqlite/sqlite-key-value.ts";
import { median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

interface Contender {
  readonly name: string;
  set(key: string): Promise<unknown>;
  get(key: string): unknown;
  end(): Promise<unknown>;
}

let values = 0;
/** Another one each time: SQLite does not write what is there already. */
const next = () => Buffer.from(`${++values}`.padEnd(100));
const rounds = 7;

export async function run(): Promise<Table[]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-bench-kv-"));
  const contenders = [hotcell(folder), bare(folder), await redis(folder)].filter(
    (each) => each !== undefined,
  );
  try {
    return [
      {
        title: "Values by key, an operation",
        subject: "hotcell",
        rows: [
          { name: "set, one caller", nanoseconds: await measured(contenders, 1, 60, "set") },
          { name: "set, 32 callers", nanoseconds: await measured(contenders, 32, 20, "set") },
          { name: "get, one caller", nanoseconds: await measured(contenders, 1, 1_000, "get") },
          { name: "get, 32 callers", nanoseconds: await measured(contenders, 32, 100, "get") },
        ],
      },
    ];
  } finally {
    for (const { end } of contenders) await end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nanoseconds for an operation, of all callers together: medians of rounds that take turns. */
async function measured(
  contenders: readonly Contender[],
  callers: number,
  times: number,
  operation: "set" | "get",
): Promise<Map<string, number>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const start = performance.now();
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          for (let i = 0; i < times; i++) await contender[operation](`key ${caller} ${i % 20}`);
        }),
      );
      // The first warms up.
      if (round > 0)
        samples.get(contender.name)!.push(((performance.now() - start) * 1e6) / (callers * times));
    }
  }
  return new Map([...samples].map(([name, all]) => [name, median(all)]));
}

function hotcell(folder: string): Contender {
  const store = new SqliteKeyValue({ file: join(folder, "key-value.db") });
  const bucket = { plugin: "bench", bucket: "default" };
  const quota = { bytes: 1e9, keys: 1e6 };
  return {
    name: "hotcell",
    set: (key) => store.change(bucket, { kind: "put", entries: [[key, next()]] }, quota),
    get: (key) => store.get(bucket, [key], 1_000_000),
    end: () => store.close(),
  };
}

function bare(folder: string): Contender {
  const worker = new Worker(new URL("./support/bare-sqlite.ts", import.meta.url), {
    workerData: join(folder, "bare.db"),
  });
  const waiting: ((answer: unknown) => void)[] = [];
  worker.on("message", (answer) => waiting.shift()!(answer));
  const ask = (message: unknown) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage(message);
    });
  return {
    name: "bare node:sqlite",
    set: (key) => ask([key, next()]),
    get: (key) => ask([key, undefined]),
    end: () => worker.terminate(),
  };
}

/** Undefined where it is not installed. */
async function redis(folder: string): Promise<Contender | undefined> {
  const path = join(folder, "redis.sock");
  const options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--appendonly", "yes", "--save", ""];
  const server: ChildProcess = spawn("redis-server", [...options, "--appendfsync", "always"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const started = await Promise.race([
    once(server, "error").then(() => false),
    new Promise<boolean>((resolve) => {
      server.stdout?.on("data", (text) => /ready to accept/i.test(`${text}`) && resolve(true));
    }),
  ]);
  if (!started) return undefined;
  const socket: Socket = connect(path);
  await once(socket, "connect");
  const waiting: (() => void)[] = [];
  let kept = "";
  socket.setEncoding("latin1").on("data", (text) => {
    kept += text;
    for (let found = answer.exec(kept); found; found = answer.exec(kept)) {
      kept = kept.slice(found[0].length);
      waiting.shift()!();
    }
  });
  const ask = (...words: string[]) =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join("")}`);
    });
  return {
    name: "redis-server",
    set: (key) => ask("SET", key, `${next()}`),
    get: (key) => ask("GET", key),
    end: async () => {
      socket.destroy();
      server.kill();
    },
  };
}

/** `+OK`, nothing, or the 100 bytes. */
const answer = /^(?:\+[^\r]*\r\n|\$-1\r\n|\$100\r\n.{100}\r\n)/s;
