/**
 * A host with a heap of 512 MB, and clients that take nothing of what they ask for: event streams, downloads, answers
 * of calls, idle connections, a flood of log lines. It is alive after each, and its memory is where it was.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { logger, sample } from "../../../test/guests/small-plugins.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { temporaryFolder } from "../support/folder.ts";
import { checkout, HostProcess, token } from "../support/small-heap.ts";

export interface StreamsReport {
  readonly phases: readonly Phase[];
  /** What should not have been. */
  readonly wrong: readonly string[];
}

interface Phase {
  readonly name: string;
  readonly clients: number;
  readonly alive: boolean;
  /** Heap and array buffers in use after a collection, MiB: while the clients were there, and when they had gone. */
  readonly usedMiB: readonly [during: number, after: number];
  /** Of the whole process, MiB. */
  readonly residentMiB: readonly [during: number, after: number];
  /** Bytes of the host's account that were taken: before they came, and at both times. */
  readonly account: readonly [before: number, during: number, after: number];
}

const authorization = `Authorization: Bearer ${token}`;
const MiB = 1024 * 1024;

/** `clients` of each kind, a fifth of them for large answers; `root` names another checkout to compare with. */
export async function soakStreams(clients: number, root = checkout): Promise<StreamsReport> {
  const phases: Phase[] = [];
  const wrong: string[] = [];
  for (const [name, prepare] of Object.entries(kinds)) {
    await using data = await temporaryFolder();
    const host = await HostProcess.start(data.path, root);
    const sockets: Socket[] = [];
    try {
      const count = few.has(name) ? Math.ceil(clients / 5) : clients;
      const request = await prepare(host);
      const before = await host.memory();
      for (let i = 0; i < count; i++) sockets.push(await unread(host, request(i)));
      await host.settled();
      const during = await host.memory();
      const alive = await host.alive();
      for (const socket of sockets) socket.destroy();
      await host.settled();
      const after = await host.memory();
      phases.push({
        name,
        clients: count,
        alive: alive && !host.exited,
        usedMiB: [during.used, after.used],
        residentMiB: [during.resident, after.resident],
        account: [before.account, during.account, after.account],
      });
      // What a first use of everything leaves: compiled code, the store's cache.
      if (after.used > before.used + 24) wrong.push(`${name}: ${before.used} MiB became ${after.used}`);
    } catch (error) {
      wrong.push(`${name}: ${error}${host.exited ? ", the host died" : ""}`);
    } finally {
      for (const socket of sockets) socket.destroy();
      await host.end();
    }
  }
  return { phases, wrong };
}

/** What each kind of client asks for, after what it takes to have it there. */
const kinds: Record<string, (host: HostProcess) => Promise<(i: number) => string>> = {
  async "event streams"(host) {
    await fillLog(host);
    return () => `GET /events?after=1 HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n\r\n`;
  },
  async "idle connections"() {
    return () => "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  },
  async downloads(host) {
    const { version } = await host.put("large", padded(exampleWasm("counter"), 24 * MiB));
    return () =>
      `GET /plugins/large/versions/${version}/wasm HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n\r\n`;
  },
  async "answers of calls"(host) {
    await host.put("calc", sample());
    const body = JSON.stringify(["x".repeat(4 * MiB)]);
    return () =>
      `POST /call/calc/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  },
  async "pipelined answers"(host) {
    await host.put("many", exampleWasm("greet"));
    for (let i = 0; i < 20; i++) await host.put(`many-${i}`, exampleWasm("text-stats"));
    return () => "GET /plugins/many-1/wit HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500);
  },
  async "a flood of log lines"(host) {
    await host.put("chatty", logger(), "?grant=logging");
    await host.configure("chatty", { limits: { logBytes: 1024 * MiB } });
    const body = JSON.stringify(["\u4e16".repeat(20_000)]);
    const length = Buffer.byteLength(body);
    return () =>
      `POST /call/chatty/say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`.repeat(
        4,
      );
  },
};
const few = new Set(["downloads", "answers of calls"]);

/** 40 MB of lines that the host can't store as one byte a character. */
async function fillLog(host: HostProcess): Promise<void> {
  await host.put("chatty", logger(), "?grant=logging");
  await host.configure("chatty", { limits: { logBytes: 1024 * MiB } });
  for (let i = 0; i < 300; i++) await host.call("chatty/say", ["\u4e16".repeat(20_000)]);
}

/** With a custom section of so many bytes behind it. */
function padded(wasm: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const size = bytes + 2;
  const length = [0, 7, 14].map((shift) => ((size >> shift) & 0x7f) | 0x80);
  return Buffer.concat([wasm, Buffer.from([0, ...length, size >> 21, 1, 0x78]), Buffer.alloc(bytes, 7)]);
}

/** A connection that sends and does not read. Resolves when all of it is the system's. */
async function unread(host: HostProcess, request: string): Promise<Socket> {
  const socket = connect(Number(new URL(host.url).port), "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.write(request, () => resolve());
  });
  return socket;
}
