/**
 * Long bodies through a plugin that serves HTTP, beside Node's own pipes: how long they take, what the server's memory comes to,
 * what a guest has written when its reader stops, and when a cell is free whose client has left.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BodiesState } from "./support/bodies-process.ts";
import { median } from "./support/measure.ts";
import { httpComponent } from "./support/plugin-source.ts";
import type { SizeTable, Table } from "./support/table.ts";

const size = 100_000_000;
const rounds = 3;

const source = `import { App, Context } from "hotcell/assembly/http";
const app = new App();
app.post("/sink", (c) => {
  let bytes: u64 = 0;
  for (let piece = c.req.body.read(); piece; piece = c.req.body.read()) bytes += piece.length;
  c.text(bytes.toString());
});
app.post("/echo", (c) => {
  const out = c.stream("application/octet-stream");
  for (let piece = c.req.body.read(); piece; piece = c.req.body.read()) if (!out.write(piece)) return;
});
app.get("/source", (c) => {
  const asked = c.req.query("bytes");
  let left = asked ? <i32>parseInt(asked) : 0;
  const piece = new Uint8Array(65536);
  piece.fill(7);
  const out = c.stream("application/octet-stream");
  for (; left > 0; left -= piece.length)
    if (!out.write(left < piece.length ? piece.subarray(0, left) : piece)) return;
});
export default app;
`;
/** Fuel as much as a host allows by default. */
const limits = { fuel: 3e10, fuelPerSecond: 6e9, time: 60_000 };

interface Server {
  readonly name: string;
  readonly child: ChildProcess;
  readonly port: number;
}

export async function run(): Promise<(Table | SizeTable)[]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-bench-bodies-"));
  const file = join(folder, "bodies.wasm");
  await writeFile(file, await httpComponent("bench-bodies", source));
  const settings = (more: object) => JSON.stringify({ limits, ...more });
  const servers = [
    await start("Node's own", []),
    await start("plugin", [file, settings({})]),
    await start("plugin, in a process", [file, settings({ placement: "process" })]),
  ];
  const ways = {
    up: (port: number) => transfer(port, "POST", "/sink", size),
    down: (port: number) => transfer(port, "GET", `/source?bytes=${size}`, 0),
    "up and down": (port: number) => transfer(port, "POST", "/echo", size),
  };
  const before = await Promise.all(servers.map(resident));
  const rows: Table["rows"][number][] = [];
  for (const [way, run] of Object.entries(ways)) {
    const samples = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const { name, port } of servers) {
        const began = performance.now();
        await run(port);
        if (round >= 0) samples.get(name)!.push((performance.now() - began) * 1e6);
      }
    }
    const nanoseconds = new Map([...samples].map(([name, times]) => [name, median(times)]));
    rows.push({ name: `100 MB ${way}`, nanoseconds });
  }
  const after = await Promise.all(servers.map(resident));
  const sizes = (name: string, of: readonly number[]) => ({
    name,
    bytes: new Map(servers.map(({ name }, i) => [name, of[i]!])),
  });
  const stopped: number[] = [];
  for (const server of servers) stopped.push(await writtenToStopped(server));
  const leaving = new Map<string, number>();
  for (const server of servers.slice(1)) leaving.set(server.name, await freedAfter(server));
  for (const { child } of servers) child.disconnect();
  await rm(folder, { recursive: true });
  return [
    { title: `Bodies of 100 MB, the median of ${rounds}`, subject: servers[0]!.name, rows },
    {
      title: "Bytes",
      rows: [
        sizes(
          "resident before",
          before.map(([now]) => now),
        ),
        sizes(
          "resident after",
          after.map(([now]) => now),
        ),
        sizes(
          "resident, the most",
          after.map(([, most]) => most),
        ),
        sizes("written when the reader had stopped", stopped),
      ],
    },
    {
      title: "From a client's leaving to a free cell",
      subject: servers[1]!.name,
      rows: [{ name: "in the middle of 100 MB down", nanoseconds: leaving }],
    },
  ];
}

async function start(name: string, args: readonly string[]): Promise<Server> {
  const child = fork(new URL("./support/bodies-process.ts", import.meta.url), args);
  const ended = once(child, "exit").then(() => {
    throw new Error(`The server for ${name} ended.`);
  });
  const [port] = (await Promise.race([once(child, "message"), ended])) as [number];
  ended.catch(() => {});
  return { name, child, port };
}

/** Sends so many bytes and reads all of the answer. */
async function transfer(port: number, method: string, path: string, bytes: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  let [read, first] = [0, ""];
  socket.on("data", (data: Buffer) => {
    if (first === "") first = data.toString("latin1").slice(0, 15);
    read += data.length;
  });
  let ended = false;
  const end = once(socket, "close").then(() => {
    ended = true;
  });
  socket.on("error", () => {});
  socket.write(head(port, method, path, bytes));
  const piece = Buffer.alloc(65_536, 7);
  for (let left = bytes; left > 0 && !ended; left -= piece.length)
    if (!socket.write(piece.subarray(0, left))) await Promise.race([once(socket, "drain"), end]);
  await end;
  const expected = path === "/sink" ? 0 : size;
  if (first !== "HTTP/1.1 200 OK" || read < expected) throw new Error(`${path}: ${first}, ${read} bytes`);
}

function head(port: number, method: string, path: string, bytes: number): string {
  const length = bytes > 0 ? `content-length: ${bytes}\r\n` : "";
  return `${method} /http/bodies${path} HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n${length}\r\n`;
}

/** Reader that takes the beginning of an answer, and nothing after it. */
async function stoppedReader({ port }: Server): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.write(head(port, "GET", `/source?bytes=${size}`, 0));
  await once(socket, "data");
  socket.pause();
  return socket;
}

async function writtenToStopped(server: Server): Promise<number> {
  const socket = await stoppedReader(server);
  let written = -1;
  for (let now = 0; now !== written; now = (await stateOf(server)).written) {
    written = now;
    await delay(300);
  }
  socket.destroy();
  return written;
}

/** Nanoseconds until nothing is under way any more, after a client has left: the median. */
async function freedAfter(server: Server): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    while ((await stateOf(server)).inFlight > 0) await delay(1);
    const socket = await stoppedReader(server);
    while ((await stateOf(server)).inFlight === 0) await delay(1);
    const began = performance.now();
    socket.destroy();
    while ((await stateOf(server)).inFlight > 0) await delay(1);
    times.push((performance.now() - began) * 1e6);
  }
  return median(times);
}

async function stateOf({ child }: Server): Promise<BodiesState> {
  child.send("state");
  const [state] = (await once(child, "message")) as [BodiesState];
  return state;
}

/** Bytes of a process's memory, now and at most, as Linux tells them; elsewhere 0. */
async function resident({ child }: Server): Promise<readonly [number, number]> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
  const of = (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
  return [of("VmRSS"), of("VmHWM")];
}
