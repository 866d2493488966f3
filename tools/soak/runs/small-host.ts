/** What anybody may send, all of it at once, to a host with a heap of 512 MB: it serves on, and keeps nothing. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { sample } from "../../../test/guests/small-plugins.ts";
import { hostileBodies, taker } from "../../../test/hostile/attacks/bodies.ts";
import { head } from "../../../test/support/raw-client.ts";
import { temporaryFolder } from "../support/folder.ts";
import { HostProcess } from "../support/small-heap.ts";

export interface SmallHostReport {
  /** After each kind of load: what the host still answers, and how long the slowest other call took meanwhile. */
  readonly loads: Readonly<Record<string, { readonly afterwards: string; readonly slowest: number }>>;
  /** MiB in use after a collection: at first, after one round, and at the end. */
  readonly usedMiB: readonly number[];
  /** Bytes that its account has in use at the end, beyond what it had at first. */
  readonly accounted: number;
  /** How the process ended, if it did. */
  readonly died?: string;
}

/** Of a host that has died. */
const nothing = { used: Number.NaN, account: Number.NaN };

const atOnce = 4;
const json = "Content-Type: application/json";

export async function soakSmallHost(rounds: number): Promise<SmallHostReport> {
  await using data = await temporaryFolder();
  const host = await HostProcess.start(data.path);
  await host.put("taker", taker());
  await host.put("calc", sample());
  const { url } = host;
  const idle = await Promise.all(Array.from({ length: 1_000 }, () => open(url)));
  const loads: Record<string, { afterwards: string; slowest: number }> = {};
  const first = await host.memory();
  const used: number[] = [first.used];
  let accounted = 0;
  for (let round = 0; round < rounds && !host.exited; round++) {
    for (const [name, load] of Object.entries(kinds)) {
      const slowest = await beside(url, () => load(url));
      loads[name] = { afterwards: await add(url), slowest: Math.max(slowest, loads[name]?.slowest ?? 0) };
    }
    const now = host.exited ? nothing : await host.memory();
    used.push(now.used);
    accounted = now.account - first.account;
  }
  for (const socket of idle) socket.destroy();
  const { died } = host;
  await host.end();
  return { loads, usedMiB: used, accounted, ...(died !== undefined && { died }) };
}

const kinds: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  "hostile bodies, many at once": async (url) => {
    for (const { to, text } of hostileBodies) {
      const body = text();
      await Promise.all(Array.from({ length: atOnce }, () => post(url, `/call/taker/${to}`, body)));
    }
  },
  "large bodies that are right": async (url) => {
    const body = JSON.stringify(["x".repeat(8_000_000)]);
    await Promise.all(Array.from({ length: 8 * atOnce }, () => post(url, "/call/calc/echo", body)));
  },
  "a thousand bodies of 64 kB that begin and wait": async (url) => {
    const body = JSON.stringify(["x".repeat(65_000)]);
    const header = head("POST /call/calc/echo", json, `Content-Length: ${body.length}`);
    const sockets = await Promise.all(Array.from({ length: 900 }, () => open(url)));
    for (const socket of sockets) socket.write(header + body.slice(0, -1));
    await add(url);
    const answered = sockets.map((socket) => once(socket, "data"));
    for (const socket of sockets) socket.write(body.slice(-1));
    await Promise.all(answered);
    for (const socket of sockets) socket.destroy();
  },
  "large bodies that begin and wait": async (url) => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open(url)));
    for (const socket of sockets) {
      socket.write(head("POST /call/calc/echo", json, "Content-Length: 8000000"));
      socket.write(Buffer.alloc(4_000_000, "["));
    }
    await add(url);
    for (const socket of sockets) socket.destroy();
  },
  "answers that nobody reads": async (url) => {
    const body = JSON.stringify(["\u0001".repeat(1_300_000)]);
    const sockets = await Promise.all(Array.from({ length: 200 }, () => open(url)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(head("POST /call/calc/echo", json, `Content-Length: ${body.length}`));
      socket.write(body);
    }
    for (let i = 0; i < 50; i++) await add(url);
    for (const socket of sockets) socket.destroy();
  },
  "requests behind one another": async (url) => {
    const body = JSON.stringify(["x".repeat(60_000)]);
    const request = head("POST /call/calc/echo", json, `Content-Length: ${body.length}`) + body;
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open(url)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(request.repeat(50));
    }
    for (let i = 0; i < 50; i++) await add(url);
    for (const socket of sockets) socket.destroy();
  },
  "large headers and queries": async (url) => {
    const targets = [
      `/call/calc/add?${Array.from({ length: 4_000 }, (_, i) => i.toString(36)).join("&")}`,
      `/call/calc/add?${"a=1&".repeat(3_500)}`,
      `/call/calc/${"%41".repeat(5_000)}`,
      `/call/${"a/".repeat(7_000)}`,
      `/plugins/${"x".repeat(15_000)}`,
    ];
    for (const target of targets) {
      const asked = Array.from({ length: atOnce }, () => fetch(url + target).then((answer) => answer.text()));
      await Promise.all(asked).catch(() => {});
    }
  },
};

async function open(url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Refused or not: that the host does not answer at all is seen afterwards. */
async function post(url: string, path: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  await fetch(url + path, { method: "POST", headers, body }).then(
    (answer) => answer.text(),
    () => {},
  );
}

async function add(url: string): Promise<string> {
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/call/calc/add`, { method: "POST", headers, body: "[40,2]" });
    return `${answer.status} ${await answer.text()}`;
  } catch (error) {
    return String(error);
  }
}

/** Milliseconds that the slowest of somebody else's calls took while that ran; this process's own work counts too. */
async function beside(url: string, run: () => Promise<unknown>): Promise<number> {
  let slowest = 0;
  let done = false;
  const running = run().finally(() => {
    done = true;
  });
  do {
    const start = performance.now();
    await add(url);
    slowest = Math.max(slowest, performance.now() - start);
  } while (!done);
  await running;
  return Math.round(slowest);
}
