/** Cells that one of several hosts has, as the others call them, whatever way leads from one to the other. */
import { channel } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Host } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { labelOf, version } from "../guests/obedient.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

const add = (host: Host, by: number) => host.registry.callJson("guest", "add", [by]);
const described = (host: Host) => host.registry.callJson("guest", "describe");
const follows = (host: Host, revision: number) => until(() => host.registry.revision("guest") === revision);

export interface HostGroup extends AsyncDisposable {
  /** Another host of those that share what the test has. */
  start(): Promise<Host>;
}

export function describeCells(way: string, group: () => Promise<HostGroup>): void {
  describe(`hosts ${way}`, () => {
    let opened: AsyncDisposableStack;
    let start: () => Promise<Host>;
    let said: ReturnType<typeof vi.spyOn>;
    beforeEach(async () => {
      opened = new AsyncDisposableStack();
      const hosts = opened.use(await group());
      start = async () => opened.use(await hosts.start());
      said = vi.spyOn(console, "error").mockImplementation(() => {});
    });
    afterEach(async () => {
      await opened.disposeAsync();
      said.mockRestore();
    });

    it("have one cell of a shared plugin together, and another when the host that had it ends", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("guest", await version(1));
      await follows(other, 1);
      expect(await add(one, 5)).toBe(5);
      expect(await add(other, 2)).toBe(7);
      expect(await described(other)).toBe(`${labelOf(1)}  1`);
      await expect(other.registry.callJson("guest", "add", ["x"])).rejects.toMatchObject({
        code: "bad-argument",
      });
      await expect(other.registry.callJson("guest", "nothing")).rejects.toMatchObject({
        code: "function-not-found",
      });
      expect(await add(one, 0)).toBe(7);
      const calls = Array.from({ length: 50 }, () => add(other, 1));
      expect((await Promise.all(calls)).sort((a, b) => Number(a) - Number(b)).at(-1)).toBe(57);
      await one.close();
      // What it knew has gone over.
      expect(await add(other, 3)).toBe(60);
      await expect(other.registry.callJson("guest", "crash")).rejects.toMatchObject({ code: "trap" });
    });

    it("count a call once, at the host that was asked, and remember what ended a cell there", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("guest", await version(1));
      await follows(other, 1);
      await add(one, 5);
      await add(other, 2);
      await expect(other.registry.callJson("guest", "crash")).rejects.toMatchObject({ code: "trap" });
      expect(one.registry.counters("guest")).toMatchObject({ calls: 1, traps: 0 });
      expect(other.registry.counters("guest")).toMatchObject({ calls: 2, traps: 1 });
      expect(one.registry.traps("guest")).toEqual([]);
      expect(other.registry.traps("guest")).toMatchObject([{ function: "crash", code: "trap" }]);
      const text = async (host: Host) => (await Array.fromAsync(host.metrics.text("prometheus"))).join("");
      expect(await text(one)).toContain('hotcell_calls_total{plugin="guest",function="add",code="ok"} 1');
      expect(await text(other)).toContain('hotcell_calls_total{plugin="guest",function="add",code="ok"} 1');
    });

    it("deploy from wherever: the host that has the cell hands its state over", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("guest", await version(1));
      await follows(other, 1);
      await add(one, 5);
      await add(other, 1);
      const planned = await other.registry.deploy("guest", await version(2));
      expect(planned).toMatchObject({ outcome: "swapped", state: "handed-over" });
      expect(await described(other)).toBe(`${labelOf(2)}  1`);
      expect(await add(other, 0)).toBe(6);
      expect(await add(one, 0)).toBe(6);
      await expect(other.registry.callJson("guest", "crash")).rejects.toMatchObject({ code: "trap" });
      await other.registry.remove("guest");
      await until(() => one.registry.revision("guest") === undefined);
      await other.registry.deploy("guest", await version(3));
      await follows(one, 4);
      expect(await add(one, 1)).toBe(1);
      expect(await add(other, 1)).toBe(2);
    });

    describe("calls of a cell that another host has", () => {
      it("end when their caller leaves, or at their deadline, as others do", async () => {
        const [one, other] = [await start(), await start()];
        const settings = { grants: { clocks: {}, logging: {} }, mode: "shared" } as const;
        await one.registry.deploy("waiter", waitingGuest(), { settings });
        await until(() => other.registry.revision("waiter") === 1);
        await one.registry.wake("waiter");
        const leaving = new AbortController();
        const left = refusalOf(other.registry.callJson("waiter", "wait", [500], { signal: leaving.signal }));
        const late = refusalOf(
          other.registry.callJson("waiter", "wait", [500], { deadline: performance.now() + 100 }),
        );
        leaving.abort(new Error("enough"));
        expect((await left).code).toBe("cancelled");
        expect((await late).code).toBe("timeout");
        expect(await other.registry.callJson("waiter", "wait", [1])).toEqual(expect.any(Number));
        // Once each, where they were asked for.
        expect(other.registry.counters("waiter").calls).toBeGreaterThan(0);
        expect(one.registry.counters("waiter")).toMatchObject({ calls: 0, inFlight: 0 });
      });

      it("never fail while versions are swapped, wherever", async () => {
        const [one, other] = [await start(), await start()];
        const hosts = [one, other];
        await one.registry.deploy("guest", await version(1));
        await follows(other, 1);
        await add(one, 0);
        let calling = true;
        let sum = 0;
        const callers = [one, other, other].map(async (host) => {
          while (calling) {
            await add(host, 1);
            sum++;
            await new Promise(setImmediate);
          }
        });
        for (let i = 2; i < 12; i++) {
          const host = hosts[i % 2]!;
          await host.registry.deploy("guest", await version(i));
          await follows(hosts[(i + 1) % 2]!, i);
        }
        calling = false;
        await Promise.all(callers);
        expect(await add(other, 0)).toBe(sum);
      });
    });

    it("tell who deploys a plugin that keeps nothing what becomes of what it knows", async () => {
      const host = await start();
      const greet = exampleWasm("greet");
      const plan = (settings: object) => host.registry.deploy("greet", greet, { settings, dryRun: true });
      expect((await plan({})).notes).toEqual([expect.stringContaining("exports no hotcell:plugin/state")]);
      expect((await plan({ mode: "fresh" })).notes).toBeUndefined();
      expect((await plan({ grants: { kv: {} } })).notes).toBeUndefined();
      expect((await host.registry.deploy("guest", await version(1), { dryRun: true })).notes).toBeUndefined();
    });

    it("hand state over when one ends, as it is then, and none to what comes by that name later", async () => {
      const [one, other] = [await start(), await start()];
      const settings = { state: { every: "1h" } };
      await one.registry.deploy("guest", await version(1), { settings });
      await follows(other, 1);
      await add(one, 5);
      const calls = Array.from({ length: 20 }, (_, i) => add(i % 2 ? one : other, 1).catch(() => undefined));
      await one.close();
      const answered = (await Promise.all(calls)).filter((each) => each !== undefined);
      const last = Number(await add(other, 0));
      expect(last).toBe(5 + answered.length);
      expect(await other.registry.callJson("guest", "heir-of")).toBe(other.registry.details("guest").version);
      const third = await start();
      await until(() => third.registry.revision("guest") === 1);
      await other.close();
      // It may have been replaced meanwhile: the new version takes over what the one before had kept.
      await third.registry.deploy("guest", await version(2));
      expect(await add(third, 0)).toBe(last);
      expect(await described(third)).toBe(`${labelOf(2)}  1`);
      await third.registry.remove("guest", { keepData: false });
      await third.registry.deploy("guest", await version(2));
      expect(await add(third, 0)).toBe(0);
    });

    it("carry large values, and requests and responses both ways, as they come", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("greet", await exampleWasm("greet"));
      await one.registry.deploy("router", await exampleWasm("router"), { settings: { mode: "shared" } });
      await until(() => other.registry.revision("router") === 1);
      for (const name of ["greet", "router"]) await one.registry.wake(name);
      const name = "Ada ".repeat(500_000);
      expect(await other.registry.callJson("greet", "greet", [name])).toBe(`Hello, ${name}!`);
      const routes = pluginRoutes(other);
      const ask = async (path: string, init?: RequestInit) => routes.request(`/http/router${path}`, init);
      expect(await (await ask("/hello/Ada")).text()).toBe("Hello, Ada!");
      const body = Buffer.alloc(3_000_000, "Ada ");
      const echo = await ask("/echo", { method: "POST", body });
      expect(Buffer.from(await echo.arrayBuffer()).equals(body)).toBe(true);
      expect(await (await ask("/countdown?from=3")).text()).toBe("3\n2\n1\n");
      expect(other.registry.counters("router").calls).toBe(3);
      expect(one.registry.counters("router").calls).toBe(0);
      // A client that leaves in the middle takes nothing with it.
      const left = await ask("/echo", { method: "POST", body });
      await left.body!.cancel();
      expect((await ask("/hello/Ada")).status).toBe(200);
      await until(() => other.registry.counters("router").inFlight === 0);
    });

    it("hand on traces, callers and fuel, and check arguments before anything is sent", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("guest", await version(1));
      await follows(other, 1);
      await add(one, 1);
      const heard: { trace?: { traceparent: string } | undefined; caller: string | undefined }[] = [];
      const hear = (message: unknown) => heard.push(message as (typeof heard)[number]);
      const calls = channel("hotcell.call");
      calls.subscribe(hear);
      const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
      try {
        await other.registry.callJson("guest", "describe", [], { trace, caller: "Ada" });
      } finally {
        calls.unsubscribe(hear);
      }
      expect(heard.map(({ caller }) => caller)).toEqual(["Ada", "Ada"]);
      for (const { trace: told } of heard)
        expect(told?.traceparent).toContain("0af7651916cd43dd8448eb211c80319c");
      expect(other.registry.counters("guest").fuel).toBeGreaterThan(0);
      await other.registry.configure("guest", { limits: { argumentBytes: 10 } });
      await until(() => one.registry.revision("guest") === 2);
      const large = refusalOf(other.registry.callJson("guest", "add", ["1".repeat(20)]));
      expect((await large).code).toBe("bad-argument");
    });

    it("send no call on that another host has sent", async () => {
      const [one, other] = [await start(), await start()];
      await one.registry.deploy("guest", await version(1));
      await follows(other, 1);
      await add(one, 1);
      await add(other, 1);
      const sent = { refused: false };
      const callable = await other.registry.callable("guest", "add");
      const context = { fuel: 0, sent };
      expect((await refusalOf(callable.call([1], context))).code).toBe("process-died");
      expect(sent.refused).toBe(true);
      expect(await add(one, 0)).toBe(2);
    });
  });
}
