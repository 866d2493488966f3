/** Leases of hosts that share a store on a real NATS server. */
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import type { HostShare } from "../../../host/nodes/host-share.ts";
import { isOwn, type Leases } from "../../../host/nodes/leases.ts";
import { RegisterLeases } from "../../../host/nodes/register-leases.ts";
import { shareStore } from "../../../host/nodes/shared-store.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { SharedRegisters } from "../../../host/store/store.ts";
import { describeLeases, owned } from "../../nodes/leases-contract.ts";
import { describeStates } from "../../store/states-contract.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

const facts = { machine: "here", pid: 1, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };
const waiting = { timeout: 30_000, interval: 20 };

describe.runIf(!inject("missing").includes("nats-server"))("on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  let opened = 0;
  const open = (name: string, patience = 5000) =>
    openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}`, patience });

  describeLeases("on NATS", async () => {
    const store = await open(`leases-${++opened}`);
    return {
      join: (own) => RegisterLeases.join(store.registers, own),
      end: () => store.close(),
    };
  });

  describeStates("on NATS", async () => {
    const store = await open(`states-${++opened}`);
    return { states: store.states, close: () => store.close() };
  });

  const times = { beat: 50, giveUp: 400, takeOver: 1200 };

  it("pass on when their host falls silent, which has given them up by then", async () => {
    await using store = await open("silent");
    await using other = await open("silent");
    let silent = false;
    // A host that NATS does not hear any more, and that does not know it.
    const cut: SharedRegisters = {
      get: (...args) => store.registers.get(...args),
      all: (kind) => store.registers.all(kind),
      follow: (...args) => store.registers.follow(...args),
      put: (...args) =>
        silent ? Promise.reject(new Error("There is no way to NATS.")) : store.registers.put(...args),
    };
    await using one = await RegisterLeases.join(cut, facts, times);
    await using two = await RegisterLeases.join(other.registers, { ...facts, pid: 2 }, times);
    const lease = await owned(one, "a");
    expect(isOwn(await two.acquire("a"))).toBe(false);
    silent = true;
    let lostFirst: boolean | undefined;
    const taken = await vi.waitFor(async () => {
      const got = await owned(two, "a");
      lostFirst ??= lease.lost.aborted;
      return got;
    }, waiting);
    expect(lostFirst).toBe(true);
    expect(taken.token).toBeGreaterThan(lease.token);
    silent = false;
    await vi.waitFor(async () => expect(await two.nodes()).toHaveLength(2), waiting);
    expect(taken.lost.aborted).toBe(false);
    expect(await one.acquire("a")).toMatchObject({ token: taken.token, holder: { pid: 2 } });
  });

  it("have one host at a time make the calls of schedules, and another when it ends", async () => {
    await using store = await open("schedules");
    const hosts: HostShare[] = [];
    const { registers, states } = store;
    const heap = new HeapAccount();
    for (let i = 0; i < 3; i++) hosts.push(await shareStore({ registers, states, version: "0.0.0", heap }));
    const leading = () => hosts.filter((host) => host.leads);
    await vi.waitFor(() => expect(leading()).toHaveLength(1), waiting);
    const [first] = leading();
    await first!.close();
    expect(first!.leads).toBe(false);
    await vi.waitFor(() => expect(leading()).toHaveLength(1), waiting);
    for (const host of hosts) await host.close();
    expect(leading()).toEqual([]);
  });

  it("are lost while NATS is away for long, and had again by one of them when it is back", async () => {
    await using store = await open("away", 300);
    await using other = await open("away", 300);
    const join = (registers: SharedRegisters, pid: number): Promise<Leases> =>
      RegisterLeases.join(registers, { ...facts, pid }, times);
    await using one = await join(store.registers, 1);
    await using two = await join(other.registers, 2);
    const lease = await owned(one, "a");
    await server.kill();
    await vi.waitFor(() => expect(lease.lost.aborted).toBe(true), waiting);
    await expect(two.acquire("a")).rejects.toMatchObject({ code: "store-unavailable" });
    await server.start();
    const asked = await vi.waitFor(() => Promise.all([one.acquire("a"), two.acquire("a")]), waiting);
    const [own, ...others] = asked.filter(isOwn);
    expect(others).toEqual([]);
    expect(own!.token).toBeGreaterThan(lease.token);
    for (const each of [one, two]) expect((await each.holder("a"))!.token).toBe(own!.token);
  });
});
