/** A host that is told to end while requests are on their way: all that came before is answered, and nothing is reset. */

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-shutdown-"));
afterEach(killRunning);
afterAll(() => rm(scratch, { recursive: true }));

const token = "a-token-for-tests-of-shutdown";

async function serve(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ child: Running; port: number }> {
  const data = await mkdtemp(join(scratch, "data-"));
  const child = startHotcell(["serve", "--port", "0", "--data", data], {
    environment: { HOTCELL_TOKEN: token, ...environment },
  });
  const lines = new Lines(child);
  const port = Number(/:(\d+)$/.exec((await lines.until(/^Hotcell listens on /)).at(-1)!)![1]);
  child.stdout.resume();
  await fetch(`http://127.0.0.1:${port}/plugins/counter`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/wasm" },
    body: new Uint8Array(exampleWasm("counter")),
  }).then((answer) => answer.json());
  return { child, port };
}

/** A host whose main thread can be held. */
async function serveHeld(): Promise<{ child: Running; port: number; hold(): Promise<() => Promise<void>> }> {
  const gate = join(await mkdtemp(join(scratch, "gate-")), "fifo");
  execFileSync("mkfifo", [gate]);
  const code = `import { readFileSync } from "node:fs"; process.on("SIGUSR2", () => readFileSync(${JSON.stringify(gate)}));`;
  const started = await serve({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
  });
  const hold = async () => {
    started.child.kill("SIGUSR2");
    // Opens once the other side does.
    const held = await open(gate, "w");
    return () => held.close();
  };
  return { ...started, hold };
}

/** One connection, and how it ended. */
class Connection {
  readonly socket: Socket;
  text = "";
  error: string | undefined;
  /** The other side has ended it in order, or with an error. */
  readonly ended: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.text += text;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    this.ended = new Promise((resolve) => {
      socket.once("close", () => resolve());
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    const connection = new Connection(socket);
    await once(socket, "connect");
    return connection;
  }

  /** Resolves when the bytes are the system's. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(bytes, () => resolve());
    });
  }

  async answers(count: number): Promise<void> {
    while (!(this.text.split("\r\n\r\n").length > count && /\r\n\r\n.+$/.test(this.text))) {
      await once(this.socket, "data");
    }
  }

  get statuses(): string[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status!);
  }

  /** What came, in short. */
  get outcome(): string {
    return [...this.statuses, ...(this.error ? [this.error] : [])].join(" ") || "nothing";
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const call = get("/call/counter/increment?by=1");
const outcomes = async (connections: readonly Connection[]) => {
  await Promise.all(connections.map(({ ended }) => ended));
  const counts: Record<string, number> = {};
  for (const { outcome } of connections) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};
const openAll = (port: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => Connection.open(port)));

describe("SIGTERM right after a burst", () => {
  it("answers what was sent over connections that nobody has accepted yet", async () => {
    const { child, port, hold } = await serveHeld();
    // Held, the process leaves connections and bytes to the kernel. Not stopped: then any of its threads could be the one that
    // takes SIGTERM when it goes on, and the main one answer before it knows. A waiting main thread takes it, before all else.
    const release = await hold();
    const connections = await openAll(port, 200);
    await Promise.all(connections.map((connection) => connection.send(call)));
    child.kill("SIGTERM");
    await release();
    expect(await outcomes(connections)).toEqual({ 200: 200 });
    for (const { text } of connections) expect(text).toMatch(/\r\nconnection: close\r\n/i);
    expect((await once(child, "close"))[0]).toBe(0);
  });

  it("answers what was sent over kept connections, one after the other and behind each other", async () => {
    const { child, port } = await serve();
    const connections = await openAll(port, 100);
    await Promise.all(connections.map((connection) => connection.send(call)));
    await Promise.all(connections.map((connection) => connection.answers(1)));
    // Stopped, the process leaves what is sent to the kernel; both signals then come at once.
    child.kill("SIGSTOP");
    await Promise.all(connections.map((connection) => connection.send(call.repeat(3))));
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    expect(await outcomes(connections)).toEqual({ "200 200 200 200": 100 });
    // None says that it is the last and is not.
    for (const { text } of connections) expect(text).not.toMatch(/connection: close.*HTTP\/1/is);
    expect((await once(child, "close"))[0]).toBe(0);
  });

  it("answers it too where the process runs on, time and again", async () => {
    for (let round = 0; round < 3; round++) {
      const { child, port } = await serve();
      const kept = await openAll(port, 100);
      await Promise.all(kept.map((connection) => connection.send(call)));
      await Promise.all(kept.map((connection) => connection.answers(1)));
      const fresh = await openAll(port, 100);
      await Promise.all([...kept, ...fresh].map((connection) => connection.send(call)));
      child.kill("SIGTERM");
      expect(await outcomes(kept)).toEqual({ "200 200": 100 });
      expect(await outcomes(fresh)).toEqual({ 200: 100 });
    }
  });

  it("waits for an upload that has begun to arrive, and answers it", async () => {
    const { child, port } = await serve();
    const wasm = exampleWasm("counter");
    const upload = await Connection.open(port);
    await upload.send(
      `PUT /plugins/late HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/wasm\r\nContent-Length: ${wasm.length}\r\n\r\n`,
    );
    await upload.send(wasm.subarray(0, 1_000));
    const other = await Connection.open(port);
    await other.send(call);
    await other.answers(1);
    child.kill("SIGTERM");
    // The other connection was idle: when it has ended, the host is ending.
    await other.ended;
    await upload.send(wasm.subarray(1_000));
    expect(await outcomes([upload])).toEqual({ 201: 1 });
    expect((await once(child, "close"))[0]).toBe(0);
  });

  it("ends connections in order that nothing ever came over", async () => {
    const { child, port } = await serve();
    const silent = await openAll(port, 10);
    child.kill("SIGTERM");
    expect(await outcomes(silent)).toEqual({ nothing: 10 });
    expect((await once(child, "close"))[0]).toBe(0);
  });
});
