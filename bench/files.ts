/**
 * Files of plugins, as the host's side answers for them: in memory, in SQLite, and those that came with a version, beside
 * `node:fs` and bare `node:sqlite` in a thread. A guest's calls come on top: `npm run bench -- suspend`.
 */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Data } from "../host/backends/data.ts";
import { transferBytes } from "../host/backends/files/file-request.ts";
import type { FileService, ServedFiles } from "../host/backends/files/file-service.ts";
import { MemoryFiles } from "../host/backends/files/memory-files.ts";
import { PieceCache } from "../host/backends/files/piece-cache.ts";
import { SentService } from "../host/backends/files/sent-service.ts";
import { SqliteFiles } from "../host/backends/files/sqlite-files.ts";
import { treeOf } from "../host/tree/file-tree.ts";
import { SentFiles } from "../host/tree/sent-files.ts";
import { median } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

interface Contender {
  readonly name: string;
  read(bytes: number): Promise<unknown>;
  /** Absent where nothing is written. */
  write?(bytes: Uint8Array, durable: boolean): Promise<unknown> | undefined;
  end(): Promise<unknown>;
}

const rounds = 7;
const [small, large] = [4 * 1024, 1024 * 1024];
let written = 0;
/** Other bytes each time: SQLite does not write what is there already. */
const content = (length: number) => new Uint8Array(length).fill(++written);

export async function run(): Promise<Table[]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-bench-files-"));
  const contenders = [
    await served("in memory", new MemoryFiles()),
    await served("in SQLite", new SqliteFiles({ file: join(folder, "files.db") })),
    await sent(),
    await plain(folder),
    await bare(folder),
  ];
  const row = async (
    name: string,
    times: number,
    operation: (by: Contender) => Promise<unknown> | undefined,
  ) => ({
    name,
    nanoseconds: await measured(contenders, times, operation),
  });
  try {
    return [
      {
        title: "Files of plugins, an operation",
        subject: "in SQLite",
        rows: [
          await row("read 4 KiB", 300, (by) => by.read(small)),
          await row("read 1 MiB", 10, (by) => by.read(large)),
          await row("write 4 KiB", 100, (by) => by.write?.(content(small), false)),
          await row("write 4 KiB, durable", 20, (by) => by.write?.(content(small), true)),
          await row("write 1 MiB, durable", 4, (by) => by.write?.(content(large), true)),
        ],
      },
    ];
  } finally {
    for (const { end } of contenders) await end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Nanoseconds for an operation: medians of rounds that take turns. */
async function measured(
  contenders: readonly Contender[],
  times: number,
  operation: (by: Contender) => Promise<unknown> | undefined,
): Promise<Map<string, number>> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const start = performance.now();
      let done = 0;
      for (let i = 0; i < times; i++, done++) {
        const under = operation(contender);
        if (!under) break;
        await under;
      }
      // The first warms up.
      if (round === 0 || done === 0) continue;
      const all = samples.get(contender.name) ?? [];
      all.push(((performance.now() - start) * 1e6) / times);
      samples.set(contender.name, all);
    }
  }
  return new Map([...samples].map(([name, all]) => [name, median(all)]));
}

const access = {
  plugin: "bench",
  quota: { bytes: 1e9, files: 1e6 },
  mounts: [{ at: "/", readonly: false }],
};

async function served(name: string, service: FileService): Promise<Contender> {
  const files = service.open(access);
  const handle = await handleOf(files, 1, 3);
  const writing = async (bytes: Uint8Array, durable: boolean) => {
    await inPieces(bytes.length, (at, length) =>
      files.perform(["write", handle, BigInt(at), bytes.subarray(at, at + length)]),
    );
    if (durable) await files.perform(["sync", handle]);
  };
  await writing(content(large), true);
  return {
    name,
    read: (bytes) => inPieces(bytes, (at, length) => files.perform(["read", handle, BigInt(at), length])),
    write: writing,
    end: () => service.close(),
  };
}

/** Files that came with a version, whose pieces are at hand. */
async function sent(): Promise<Contender> {
  const limits = { uploadFiles: 1, uploadFileBytes: large };
  const filled = await treeOf(new Map([["file", content(large)]]), limits);
  const files = new SentService(
    "bench",
    SentFiles.of(filled, async () => undefined),
    new PieceCache(),
  ).open();
  const handle = await handleOf(files, 0, 1);
  return {
    name: "came with a version",
    read: (bytes) => inPieces(bytes, (at, length) => files.perform(["read", handle, BigInt(at), length])),
    end: async () => files.end(),
  };
}

async function handleOf(files: ServedFiles, how: number, mode: number): Promise<number> {
  return ((await files.perform(["open", 0, "file", how, mode])) as readonly Data[])[0] as number;
}

async function inPieces(
  bytes: number,
  each: (at: number, length: number) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < bytes; at += transferBytes) await each(at, Math.min(transferBytes, bytes - at));
}

async function plain(folder: string): Promise<Contender> {
  const file: FileHandle = await open(join(folder, "plain"), "w+");
  await file.write(content(large), 0, large, 0);
  const buffer = new Uint8Array(large);
  return {
    name: "node:fs",
    read: (bytes) => file.read(buffer, 0, bytes, 0),
    write: async (bytes, durable) => {
      await file.write(bytes, 0, bytes.length, 0);
      if (durable) await file.datasync();
    },
    end: () => file.close(),
  };
}

/** Whole values, each durable when it is acknowledged. */
async function bare(folder: string): Promise<Contender> {
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
  for (const size of [small, large]) await ask([`${size}`, content(size)]);
  return {
    name: "bare node:sqlite",
    read: (bytes) => ask([`${bytes}`, undefined]),
    write: (bytes, durable) => (durable ? ask([`${bytes.length}`, bytes]) : undefined),
    end: () => worker.terminate(),
  };
}
