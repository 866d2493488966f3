/** Server of cells at an address, as strangers and hostile peers find it. */
import { once } from "node:events";
import { createServer as createKeyedServer, request } from "node:https";
import { createServer, connect as plainConnect, type Socket } from "node:net";
import { connect } from "node:tls";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CellServer, type ServedCells } from "../../host/nodes/cell-server.ts";
import { NodeKeys } from "../../host/nodes/node-key.ts";
import { CellsMoved } from "../../host/placement/far/elsewhere.ts";
import { farFrame, writeUnreadable } from "../../host/placement/far/far-frames.ts";
import { FarHost } from "../../host/placement/far/far-host.ts";
import { agentTo, keyedServerOptions } from "../../host/placement/far/far-place.ts";
import { readOrigin } from "../../host/placement/process/call-origin.ts";
import { FrameReader, FrameWriter, Garbled } from "../../host/placement/process/frame.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { refusalOf } from "../support/thrown.ts";
import { memoryRegisters } from "./memory-registers.ts";

const host = "127.0.0.1";
const bytesOf = ({ shown }: NodeKeys) => Buffer.from(shown.key.reveal(), "base64");
const type = { parameters: [] };
const never = new AbortController().signal;

describe("a server of cells at an address", () => {
  let opened: AsyncDisposableStack;
  let heap: HeapAccount;
  let keys: NodeKeys;
  let server: CellServer;
  let port: number;
  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    heap = new HeapAccount();
    keys = await NodeKeys.of(memoryRegisters());
    server = opened.adopt(await CellServer.listen({ host, port: 0, keys }, heap), (each) => each.close());
    port = server.port!;
  });
  afterEach(() => opened.disposeAsync());

  const ask = async (place: { readonly port: number; readonly keys: NodeKeys }) => {
    const far = new FarHost({ host, ...place }, heap);
    try {
      return await far.cells("plugin p", "p", () => 1).call("f", type, [], never);
    } catch (error) {
      return error;
    } finally {
      far.close();
    }
  };

  it("is asked by those who have the key alone, whatever they say", async () => {
    // There are no cells: whoever asks is sent on.
    expect(await ask({ port, keys })).toBeInstanceOf(CellsMoved);
    let handshakes = 0;
    const other = await NodeKeys.of(memoryRegisters());
    expect(bytesOf(other)).not.toEqual(bytesOf(keys));
    for (const options of [
      { pskCallback: () => ({ psk: bytesOf(other), identity: "hotcell-nodes" }) },
      { pskCallback: () => ({ psk: bytesOf(keys), identity: "another" }) },
      { pskCallback: () => ({ psk: Buffer.alloc(32), identity: "hotcell-nodes" }) },
      {},
    ]) {
      const socket = connect({
        host,
        port,
        ...options,
        ciphers: "TLS_AES_128_GCM_SHA256",
        rejectUnauthorized: false,
      });
      socket.on("secureConnect", () => handshakes++);
      const [error] = (await once(socket, "error")) as [Error];
      expect(error.message).toMatch(/alert|socket|reset|disconnected/i);
    }
    const stranger = plainConnect(port, host);
    stranger.on("error", () => {});
    stranger.write("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(stranger, "close");
    expect(handshakes).toBe(0);
    expect(await ask({ port, keys })).toBeInstanceOf(CellsMoved);
  });

  it("keeps a version that it is to try on the account while it does, and none that there is no room for", async () => {
    const decided = Promise.withResolvers<void>();
    let [tried, kept] = [0, 0];
    const registry = { reach: () => undefined } as unknown as ServedCells["registry"];
    const tryHere: ServedCells["trials"]["tryHere"] = async (_, { pieces }, tell, ending) => {
      tried += pieces.reduce((sum, piece) => sum + piece.length, 0);
      kept = heap.inUse;
      tell("as it goes");
      ending.addEventListener("abort", () => decided.resolve());
      await decided.promise;
    };
    server.serve({ registry, has: () => true, trials: { tryHere } });
    const far = new FarHost({ host, port, keys }, new HeapAccount());
    const of = { name: "plugin p", plugin: "p", revision: 1 };
    const told: string[] = [];
    const pieces = [Buffer.alloc(300_000), Buffer.alloc(200_000)];
    const trial = far.tryOut(of, { about: "{}", pieces }, (text) => told.push(text));
    await expect.poll(() => told).toEqual(["as it goes"]);
    expect([tried, kept >= 500_000]).toEqual([500_000, true]);
    trial.decide();
    await trial.over;
    await expect.poll(() => heap.inUse).toBe(0);
    heap.take(heap.limit - 400_000, "what else there is");
    const refused = far.tryOut(of, { about: "{}", pieces }, () => {});
    expect(await refusalOf(refused.over)).toMatchObject({ code: "no-capacity" });
    expect(tried).toBe(500_000);
    await expect.poll(() => heap.inUse).toBe(heap.limit - 400_000);
    far.close();
  });

  it("is no other one's that answers in its place without the key", async () => {
    const other = await NodeKeys.of(memoryRegisters());
    await using impostor = await CellServer.listen({ host, port: 0, keys: other }, heap).then((each) => ({
      port: each.port!,
      [Symbol.asyncDispose]: () => each.close(),
    }));
    expect(await ask({ port: impostor.port, keys })).toBeInstanceOf(CellsMoved);
    const plain = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
    plain.listen(0, host);
    await once(plain, "listening");
    expect(await ask({ port: (plain.address() as { port: number }).port, keys })).toBeInstanceOf(CellsMoved);
    plain.close();
  });

  it("keeps no crowd of strangers, and lets those in who have the key meanwhile", async () => {
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < 130; i++) {
      const socket = plainConnect(port, host);
      socket.on("error", () => {}).on("close", () => closed++);
      sockets.push(socket);
      await once(socket, "connect");
    }
    expect(await ask({ port, keys })).toBeInstanceOf(CellsMoved);
    await expect.poll(() => closed).toBeGreaterThanOrEqual(30);
    expect(closed).toBeLessThan(130);
    for (const socket of sockets) socket.destroy();
  });

  it("ends what a peer says that is no message, or too long, and keeps nothing of it", async () => {
    const agent = agentTo({ host, port, keys });
    const frame = (length: number) => {
      const bytes = Buffer.alloc(64);
      bytes.writeUInt32LE(length);
      bytes[4] = 1;
      return bytes;
    };
    for (const bytes of [frame(0xffff_ffff), frame(2), frame(40), Buffer.alloc(3)]) {
      const asked = request({ host, port, agent, method: "POST" });
      asked.end(bytes);
      const outcome = await new Promise((resolve) => {
        asked.on("error", resolve).on("response", (response) => resolve(response.resume().statusCode));
      });
      expect(outcome).not.toBe(200);
    }
    // One that begins a large message, and leaves.
    const leaving = request({ host, port, agent, method: "POST" });
    leaving.on("error", () => {});
    leaving.write(frame(100_000_000));
    await expect.poll(() => heap.inUse).toBe(100_000_004);
    leaving.destroy();
    await expect.poll(() => heap.inUse).toBe(0);
    agent.destroy();
    expect(await ask({ port, keys })).toBeInstanceOf(CellsMoved);
  });

  it("tells another Hotcell that it does not know what that asks, before anything has begun", async () => {
    const agent = agentTo({ host, port, keys });
    opened.defer(() => agent.destroy());
    const frame = (kind: number, text: string) => {
      const out = new FrameWriter(kind);
      out.text(text);
      return out.finish(0);
    };
    for (const [bytes, headers] of [
      [frame(1, "as no version says it"), { "hotcell-form": "2" }],
      [frame(99, "a kind that is not known"), {}],
    ] as const) {
      const asked = request({ host, port, agent, method: "POST", headers });
      asked.end(bytes);
      const [response] = await once(asked, "response");
      expect([response.resume().statusCode, response.headers["hotcell-form"]]).toEqual([501, "1"]);
      await once(response, "close");
    }
  });

  it("is told apart from one of another Hotcell, which answers what is not known, or knows not what it is asked", async () => {
    const failure = (told: object) => {
      const out = new FrameWriter(5);
      out.f64(0);
      out.text(JSON.stringify(told));
      return out.finish(0);
    };
    const unknown = new FrameWriter(99).finish(0);
    const told = { code: "of-tomorrow", message: "It is tomorrow.", facts: { subject: "p" }, grow: false };
    let answer: readonly [number, Buffer?] = [501];
    const newer = createKeyedServer(keyedServerOptions(keys), (asked, response) => {
      asked.resume();
      response.writeHead(answer[0]).end(answer[1]);
    }).listen(0, host);
    await once(newer, "listening");
    opened.defer(() => newer.closeAllConnections());
    opened.defer(() => void newer.close());
    const at = { port: (newer.address() as { port: number }).port, keys };
    const skew = { code: "version-skew", facts: { remedy: expect.stringContaining("GET /nodes") } };
    expect(await ask(at)).toMatchObject(skew);
    answer = [200, Buffer.concat([unknown.subarray(0, 9), Buffer.alloc(8)])];
    answer[1]!.writeUInt32LE(13);
    expect(await ask(at)).toMatchObject(skew);
    answer = [200, failure(told)];
    const error = (await ask(at)) as { toProblem(): object };
    expect(error).toMatchObject({ code: "version-skew", message: told.message });
    expect(error.toProblem()).toMatchObject({ status: 503, subject: "p", told: "of-tomorrow" });
  });
});

it("the key is one for all hosts of a store, and prints nowhere", async () => {
  const registers = memoryRegisters();
  const [one, other] = await Promise.all([NodeKeys.of(registers), NodeKeys.of(registers)]);
  const key = one.shown.key.reveal();
  expect(other.shown.key.reveal()).toBe(key);
  expect(Buffer.from(key, "base64")).toHaveLength(32);
  expect(`${one} ${inspect(one, { depth: 9, showHidden: true })} ${JSON.stringify({ one })}`).not.toContain(
    key,
  );
});

it("a question to try a version is no request to a handler, for a host of an older Hotcell", () => {
  const frame = new FrameWriter(farFrame.trial);
  writeUnreadable(frame);
  frame.text("what is to be tried");
  expect(() => readOrigin(new FrameReader(frame.finish(0).subarray(4)))).toThrow(Garbled);
});

it("a key that a newer Hotcell has kept with what is not known is shown by nobody, and told nowhere", async () => {
  for (const more of [{ form: 2 }, { until: "2030-01-01" }]) {
    const registers = memoryRegisters();
    await registers.put("key", "nodes", JSON.stringify({ key: "c2VjcmV0", ...more }));
    const error = await refusalOf(NodeKeys.of(registers));
    expect(error).toMatchObject({ code: "store-too-new", facts: { subject: "the key of the hosts" } });
    expect(inspect(error)).not.toContain("c2VjcmV0");
  }
});
