/**
 * Requests that a plugin sends, beside undici alone and the same server: at one and at 32 at a time, by the clock and in CPU time.
 * Beside them is the plugin without a network, whose requests are answered in the same process: what the guest alone takes is the
 * least that a request of its can. Then what a call takes that is suspended until its server answers.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Agent, request } from "undici";
import type { Driver } from "../host/backends/backend.ts";
import { HostDrivers } from "../host/backends/drivers.ts";
import { parseGrants } from "../host/capabilities/grants.ts";
import { linkImports } from "../host/capabilities/link.ts";
import { inspectComponent } from "../host/component/inspect.ts";
import { createDirectEngine } from "../host/engine/direct/direct-engine.ts";
import { HotcellError } from "../host/errors.ts";
import { open } from "../host/open.ts";
import { placeInline } from "../host/placement/inline/inline.ts";
import { defaultLimits } from "../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../host/wit/exports.ts";
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
const batch = 512;
const rounds = 9;
const asleep = 1_000;

export async function run(): Promise<(Table | SizeTable)[]> {
  const component = await fetchingComponent("bench-fetching", world, source);
  const server = fork(new URL("./support/asked-process.ts", import.meta.url));
  const [port] = (await once(server, "message")) as [number];
  const origin = `http://127.0.0.1:${port}`;
  try {
    return [...(await requests(component, origin)), await suspended(component, origin, server)];
  } finally {
    server.disconnect();
  }
}

const http = { allow: ["http://*:*"], private: true, requestsPerSecond: 100_000, concurrent: 1_024 };

async function opened(component: Uint8Array, mode: "fresh" | "shared", concurrency: number) {
  const limits = { concurrency, queue: 10_000, time: 60_000 };
  const plugin = await open(component, { grants: { http }, mode, limits });
  const size = plugin.lookup("size").as<(url: string) => Promise<number>>("func(url: string) -> u32");
  return { plugin, size };
}

const bodies = new Map([
  ["/small", new Uint8Array(100).fill(65)],
  ["/large", new Uint8Array(65_536).fill(65)],
]);

/** Driver that answers in the next turn of the event loop, without a network. */
const answering: Driver = {
  bind: () => ({
    async open(_, data, exchange) {
      const body = bodies.get((data as { readonly path: string }).path)!;
      const told = {
        "content-type": "text/plain",
        "content-length": `${body.length}`,
        date: new Date().toUTCString(),
      };
      const headers = Object.entries(told).map(([name, value]) => [name, Buffer.from(value)] as const);
      await new Promise((resolve) => setImmediate(resolve));
      void exchange.send({ status: 200, headers });
      for (let at = 0; at < body.length; at += 32_768) void exchange.send(body.subarray(at, at + 32_768));
      exchange.end();
    },
  }),
};

/** The same plugin without a network. */
async function offline(bytes: Uint8Array) {
  const component = inspectComponent(bytes);
  const limits = { ...defaultLimits, fuel: 1e11, concurrency: 64, queue: 10_000, time: 60_000 };
  const supply = linkImports(component.world, parseGrants({ http })).supply({});
  const compiled = await createDirectEngine().compile(component, limits);
  const recipient = {
    plugin: "bench",
    log: () => {},
    drivers: new HostDrivers([["http-client", answering]]).find,
  };
  const placement = await placeInline({ compiled, supply, recipient, mode: "fresh", limits });
  const { key, type } = exportedFunctions(component.world).find(({ key }) => key === "size")!;
  const call = placement.bind(key, type);
  return { placement, size: (url: string) => call([url]) as Promise<number> };
}

async function requests(component: Uint8Array, origin: string): Promise<Table[]> {
  const { plugin, size } = await opened(component, "fresh", 64);
  const { placement, size: guestAlone } = await offline(component);
  const agent = new Agent({ connections: 64 });
  const alone = async (url: string) => {
    const { body } = await request(url, { dispatcher: agent });
    let bytes = 0;
    for await (const piece of body) bytes += piece.length;
    return bytes;
  };
  const byClock: Table["rows"][number][] = [];
  const byCpu: Table["rows"][number][] = [];
  for (const [path, bytes] of [
    ["/small", 100],
    ["/large", 65_536],
  ] as const)
    for (const atOnce of [1, 32]) {
      const cpu = new Map<string, number[]>();
      const crowd = (name: string, ask: (url: string) => Promise<number>) => ({
        name,
        async run() {
          const before = process.cpuUsage();
          const worker = async () => {
            for (let i = 0; i < batch / atOnce; i++)
              if ((await ask(origin + path)) !== bytes) throw new Error(`${path} was not answered whole`);
          };
          await Promise.all(Array.from({ length: atOnce }, worker));
          const { user, system } = process.cpuUsage(before);
          cpu.set(name, [...(cpu.get(name) ?? []), (user + system) * 1e3]);
        },
      });
      const contenders = [
        crowd("hotcell", size),
        crowd("undici alone", alone),
        crowd("the guest alone", guestAlone),
      ];
      // What is compiled while it runs is compiled for all of them alike.
      for (const { run } of contenders) await run();
      cpu.clear();
      const each = (times: Iterable<readonly [string, number]>) =>
        new Map([...times].map(([name, time]) => [name, time / batch]));
      const name = `${bytes} bytes, ${atOnce} at a time`;
      byClock.push({ name, nanoseconds: each(await measureSlow(contenders, rounds)) });
      const medians = [...cpu].map(
        ([name, times]) => [name, times.toSorted((a, b) => a - b)[rounds >> 1]!] as const,
      );
      byCpu.push({ name, nanoseconds: each(medians) });
    }
  await agent.close();
  await plugin.close();
  placement.close(new HotcellError("closed", "The bench is over."));
  const title = "A request that a plugin sends, with its response";
  return [
    { title, subject: "hotcell", rows: byClock },
    { title: `${title}: CPU time of the host's process`, subject: "hotcell", rows: byCpu },
  ];
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
