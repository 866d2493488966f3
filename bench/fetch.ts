/**
 * Requests that a plugin sends, beside undici alone and the same server: at one and at 32 at a time. Then what a call takes
 * that is suspended until its server answers.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Agent, request } from "undici";
import { open } from "../host/open.ts";
import { measureSlow } from "./support/measure.ts";
import { fetchingComponent } from "./support/plugin-source.ts";
import type { SizeTable, Table } from "./support/table.ts";

const world = `package bench:fetching@1.0.0;
world fetching {
  import wasi:http/outgoing-handler@0.2.0;
  export size: func(url: string) -> u32;
}`;
const source = `import { fetch } from "hotcell/assembly/fetch";
export function size(url: string): u32 {
  const response = fetch(url);
  let size: u32 = 0;
  for (let piece = response.read(); piece; piece = response.read()) size += piece.length;
  return size;
}`;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Requests of a round. */
const batch = 256;
const rounds = 9;
const asleep = 1_000;

export async function run(): Promise<(Table | SizeTable)[]> {
  const component = await fetchingComponent("bench-fetching", world, source);
  const server = fork(new URL("./support/asked-process.ts", import.meta.url));
  const [port] = (await once(server, "message")) as [number];
  const origin = `http://127.0.0.1:${port}`;
  try {
    return [await requests(component, origin), await suspended(component, origin, server)];
  } finally {
    server.disconnect();
  }
}

async function opened(component: Uint8Array, mode: "fresh" | "shared", concurrency: number) {
  const http = { allow: ["http://*:*"], private: true, requestsPerSecond: 100_000, concurrent: 1_024 };
  const limits = { concurrency, queue: 10_000, time: 60_000 };
  const plugin = await open(component, { grants: { http }, mode, limits });
  const size = plugin.lookup("size").as<(url: string) => Promise<number>>("func(url: string) -> u32");
  return { plugin, size };
}

async function requests(component: Uint8Array, origin: string): Promise<Table> {
  const { plugin, size } = await opened(component, "fresh", 64);
  const agent = new Agent({ connections: 64 });
  const alone = async (url: string) => {
    const { body } = await request(url, { dispatcher: agent });
    let bytes = 0;
    for await (const piece of body) bytes += piece.length;
    return bytes;
  };
  const rows: Table["rows"][number][] = [];
  for (const [path, bytes] of [
    ["/small", 100],
    ["/large", 65_536],
  ] as const)
    for (const atOnce of [1, 32]) {
      const crowd = (ask: (url: string) => Promise<number>) => async () => {
        const worker = async () => {
          for (let i = 0; i < batch / atOnce; i++)
            if ((await ask(origin + path)) !== bytes) throw new Error(`${path} was not answered whole`);
        };
        await Promise.all(Array.from({ length: atOnce }, worker));
      };
      const contenders = [
        { name: "hotcell", run: crowd(size) },
        { name: "undici alone", run: crowd(alone) },
      ];
      const nanoseconds = await measureSlow(contenders, rounds);
      const each = new Map([...nanoseconds].map(([name, time]) => [name, time / batch]));
      rows.push({ name: `${bytes} bytes, ${atOnce} at a time`, nanoseconds: each });
    }
  await agent.close();
  await plugin.close();
  return { title: "A request that a plugin sends, with its response", subject: "hotcell", rows };
}

async function suspended(component: Uint8Array, origin: string, server: ChildProcess): Promise<SizeTable> {
  const { plugin, size } = await opened(component, "fresh", asleep);
  await size(`${origin}/small`);
  const before = used();
  const all = Promise.withResolvers<void>();
  server.on("message", (unanswered) => unanswered === asleep && all.resolve());
  const calls = Array.from({ length: asleep }, () => size(`${origin}/never`).catch(() => 0));
  await all.promise;
  const after = used();
  await plugin.close();
  await Promise.all(calls);
  const of = (name: keyof typeof before) => Math.max(0, (after[name] - before[name]) / asleep);
  const bytes = new Map([
    ["heap", of("heap")],
    ["resident", of("resident")],
  ]);
  return { title: `A call that is suspended, of ${asleep} at once`, rows: [{ name: "size", bytes }] };
}

function used(): { readonly heap: number; readonly resident: number } {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}
