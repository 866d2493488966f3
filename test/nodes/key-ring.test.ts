/** Keys by which hosts know one another, changed while these ask one another. */
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { connect } from "node:tls";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CellServer } from "../../host/nodes/cell-server.ts";
import { KeyRing } from "../../host/nodes/key-ring.ts";
import { keysFor, NodeKeys } from "../../host/nodes/node-key.ts";
import { RegisterLeases } from "../../host/nodes/register-leases.ts";
import { ownFacts } from "../../host/nodes/told-nodes.ts";
import { agentTo, keyedClientOptions } from "../../host/placement/far/far-place.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import type { SharedRegisters } from "../../host/store/store.ts";
import { until } from "../support/processes.ts";
import { SecretSearch } from "../support/secret-search.ts";
import { memoryRegisters } from "./memory-registers.ts";

const host = "127.0.0.1";
/** Beats as fast as a test wants them; none dies here of being late. */
const times = { beat: 10, giveUp: 60_000, takeOver: 90_000 };

describe("the keys of hosts", () => {
  let opened: AsyncDisposableStack;
  let registers: SharedRegisters;
  beforeEach(() => {
    opened = new AsyncDisposableStack();
    registers = memoryRegisters();
  });
  afterEach(() => opened.disposeAsync());

  /** A host as far as its keys go: beats, keys, and a server. */
  const join = async ({ leads = false, follows = true } = {}) => {
    const keys = await KeyRing.open(registers);
    const facts = { ...ownFacts("1"), ...(follows && { key: keys.facts }) };
    const leases = opened.use(
      await RegisterLeases.join(registers, facts, times, (node) => follows && keys.heed(node)),
    );
    const server = opened.adopt(await CellServer.listen({ host, port: 0, keys }, new HeapAccount()), (each) =>
      each.close(),
    );
    if (follows)
      keys.follow(
        leases,
        () => leads,
        () => server.forgetKeys(),
      );
    opened.defer(() => keys.close());
    return { keys, leases, server, port: server.port! };
  };
  type Joined = Awaited<ReturnType<typeof join>>;

  /** Status that a host gives to one with these keys; what it throws where that is none. */
  const ask = async (
    place: { port: number },
    keys: { shown: KeyRing["shown"]; accepted: KeyRing["accepted"] },
  ) => {
    const agent = agentTo({ host, port: place.port, keys });
    const asked = request({ host, port: place.port, agent, method: "POST" });
    asked.end();
    try {
      const [response] = (await once(asked, "response")) as [{ statusCode: number; resume(): void }];
      response.resume();
      return response.statusCode;
    } catch (error) {
      return error as Error;
    } finally {
      agent.destroy();
    }
  };
  const key = async () => (await NodeKeys.kept(registers))!;
  const steps = (joined: readonly Joined[], shows: number, accepts: readonly number[]) =>
    until(() => joined.every(({ keys }) => inspect(keys.facts) === inspect({ shows, accepts })));

  it("are accepted by all at each step, the old one until all show the new one", async () => {
    const hosts = [await join({ leads: true }), await join(), await join()];
    const old = await key();
    let asked = 0;
    let over = false;
    const asking = hosts.map(async ({ keys }, i) => {
      for (let turn = i; !over; turn++) {
        expect(await ask(hosts[turn % hosts.length]!, keys)).toBe(400);
        asked++;
      }
    });
    expect(await hosts[1]!.keys.rotate()).toBe(true);
    // One is under way: a second one is the same.
    expect(await hosts[2]!.keys.rotate()).toBe(false);
    await steps(hosts, 2, [2]);
    const before = asked;
    await until(() => asked > before + 6);
    over = true;
    await Promise.all(asking);
    expect(await hosts[0]!.keys.told()).toEqual({ number: 2, alone: true, waitsFor: [] });
    expect(await ask(hosts[0]!, old)).toBeInstanceOf(Error);
    const later = await join();
    expect(await ask(hosts[0]!, later.keys)).toBe(400);
    // An older Hotcell reads the key that is shown, and has one name for all.
    const { shown } = later.keys;
    const asOlder = { shown: { ...shown, number: 1 }, accepted: [] };
    expect(await ask(hosts[1]!, asOlder)).toBe(400);
  });

  it("wait for a host that does not follow, name it, and go on once it has ended", async () => {
    const hosts = [await join({ leads: true }), await join()];
    const old = await key();
    const older = await join({ follows: false });
    await hosts[0]!.keys.rotate();
    await steps(hosts, 1, [1, 2]);
    expect(await hosts[1]!.keys.told()).toMatchObject({
      number: 2,
      alone: false,
      waitsFor: [{ id: older.leases.self.id, version: "1" }],
    });
    for (const each of hosts) expect(await ask(each, old)).toBe(400);
    await older.leases.close();
    await steps(hosts, 2, [2]);
  });

  it("are known to a host of an older Hotcell by one name, also after a change", async () => {
    const one = await join({ leads: true });
    await one.keys.rotate();
    await steps([one], 2, [2]);
    const psk = Buffer.from(one.keys.shown.key.reveal(), "base64");
    const older = createServer(
      {
        ...{ minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" },
        pskCallback: (_, asked) => (asked === "hotcell-nodes" ? psk : null),
      },
      (_, response) => response.end(),
    );
    older.listen(0, host);
    await once(older, "listening");
    const { port } = older.address() as AddressInfo;
    expect(await ask({ port }, one.keys)).toBeInstanceOf(Error);
    expect(await ask({ port }, keysFor(undefined, one.keys))).toBe(200);
    expect(keysFor(one.leases.self.key, one.keys)).toBe(one.keys);
    older.close();
  });

  it("are what the store has, also where that was put back to what it was, or has none any more", async () => {
    const kept = registers;
    let current = kept;
    registers = {
      get: (...asked) => current.get(...asked),
      put: (...asked) => current.put(...asked),
      all: (...asked) => current.all(...asked),
      follow: (...asked) => kept.follow(...asked),
    };
    const one = await join({ leads: true });
    const [before, { text }] = [await key(), (await kept.get("key", "nodes"))!];
    await one.keys.rotate();
    await steps([one], 2, [2]);
    current = memoryRegisters();
    await current.put("key", "nodes", text);
    expect(await one.keys.rotate()).toBe(true);
    expect(await ask(one, before)).toBe(400);
    await one.leases.tellKeys(one.keys.facts);
    await steps([one], 2, [2]);
    current = memoryRegisters();
    await one.leases.tellKeys(one.keys.facts);
    expect(await one.keys.rotate()).toBe(true);
    await steps([one], 3, [3]);
    expect((await key()).number).toBe(3);
  });

  it("are followed where whoever changed them died before it could say so", async () => {
    const hosts = [await join({ leads: true }), await join()];
    const kept = await key();
    await kept.put(registers, kept.changing());
    await steps(hosts, 2, [2]);
  });

  it("let nobody in by a session that was begun with the one before, and close idle connections", async () => {
    const one = await join({ leads: true });
    const old = await key();
    const sessions: Buffer[] = [];
    const first = connect({ host, port: one.port, ...keyedClientOptions(old) });
    first.on("session", (session) => sessions.push(session)).on("error", () => {});
    await once(first, "secureConnect");
    first.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await once(first, "data");
    const closed = once(first, "close");
    await one.keys.rotate();
    await steps([one], 2, [2]);
    await closed;
    const socket: TLSSocket = connect({
      ...{ host, port: one.port, ciphers: "TLS_AES_128_GCM_SHA256", rejectUnauthorized: false },
      ...(sessions.length > 0 && { session: sessions.at(-1)! }),
    });
    const [error] = (await once(socket, "error")) as [Error];
    expect(error.message).toMatch(/alert|socket|reset|disconnected/i);
  });

  it("print nowhere, and are told by their numbers", async () => {
    const one = await join({ leads: true });
    const kept = [await key()];
    await one.keys.rotate();
    kept.push(await key());
    await steps([one], 2, [2]);
    kept.push(await key());
    const secrets = kept.flatMap(({ accepted }) => accepted.map((each) => each.key.reveal()));
    expect(new Set(secrets).size).toBe(2);
    const search = new SecretSearch([...new Set(secrets)]);
    for (const each of [one.keys, ...kept, await one.leases.nodes(), await one.keys.told()])
      search.add("what is told", inspect(each, { depth: 9, showHidden: true }) + JSON.stringify(each));
    expect(search.findings()).toEqual([]);
  });
});
