/** Hosts on one data folder that share it: one cell of what is shared, wherever it is called. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { buildFilingGuest } from "../guests/filing-guest.ts";
import { passing, tax } from "../guests/linked-plugins.ts";
import { labelOf, version } from "../guests/obedient.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { exampleWasm } from "../support/examples.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

afterAll(removeTemporaryFolders);

let data: string;
let opened: AsyncDisposableStack;
let said: ReturnType<typeof vi.spyOn>;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  data = await mkdtemp(join(tmpdir(), "hotcell-shared-"));
  opened.defer(() => rm(data, { recursive: true }));
  said = vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(async () => {
  await opened.disposeAsync();
  said.mockRestore();
});

const start = async (): Promise<Host> =>
  opened.use(await createHost({ data, shareData: true, log: () => {} }));
const add = (host: Host, by: number) => host.registry.callJson("guest", "add", [by]);
const described = (host: Host) => host.registry.callJson("guest", "describe");
const follows = (host: Host, revision: number) => until(() => host.registry.revision("guest") === revision);

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
  // What it knew is gone with it, and it goes on.
  expect(await add(other, 3)).toBe(3);
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

it("have the files of plugins with one host, and values by key with all", async () => {
  const [one, other] = [await start(), await start()];
  const filing = (host: Host, name: string, ...args: unknown[]) =>
    host.registry.callJson("filing", name, args);
  await one.registry.deploy("filing", await buildFilingGuest(), { settings: { grants: { files: {} } } });
  const settings = { grants: { kv: {} } };
  await other.registry.deploy("counted", exampleWasm("counter-kv"), { settings });
  for (const name of ["filing", "counted"])
    for (const host of [one, other]) await until(() => host.registry.revision(name) === 1);
  await filing(one, "write", "a.txt", "one", 0);
  expect(await filing(other, "read", "a.txt")).toBe("one");
  await filing(other, "write", "b.txt", "two", 0);
  expect(await filing(one, "read", "b.txt")).toBe("two");
  const counts = [one, other, one, other].map((host) =>
    host.registry.callJson("counted", "increment", ["n", 1]),
  );
  expect((await Promise.all(counts)).map(Number).sort()).toEqual([1, 2, 3, 4]);
  await one.close();
  expect(await filing(other, "read", "b.txt")).toBe("two");
  await filing(other, "write", "c.txt", "three", 0);
  expect(await filing(other, "read", "a.txt")).toBe("one");
  expect(await filing(other, "read", "c.txt")).toBe("three");
});

it("start a plugin with files where the others' are, though nobody has called it there", async () => {
  const [one, other] = [await start(), await start()];
  const filing = (host: Host, plugin: string, name: string, ...args: unknown[]) =>
    host.registry.callJson(plugin, name, args);
  const settings = { grants: { files: {} } };
  await one.registry.deploy("first", await buildFilingGuest(), { settings });
  await filing(one, "first", "write", "a.txt", "one", 0);
  await other.registry.deploy("second", await buildFilingGuest(), { settings });
  await filing(other, "second", "write", "b.txt", "two", 0);
  expect(await filing(one, "second", "read", "b.txt")).toBe("two");
});

it("end calls that go round by links which both hosts made at once", async () => {
  const [one, other] = [await start(), await start()];
  const linkedTo = (plugin: string) =>
    ({ mode: "shared", grants: { plugins: { "acme:tax/rates": plugin } } }) as const;
  const agree = (plugin: string) =>
    until(() => one.registry.revision(plugin) === other.registry.revision(plugin));
  const link = (host: Host, plugin: string, to: string) =>
    host.registry.configure(plugin, linkedTo(to), { allowStateLoss: true });
  await one.registry.deploy("tax", await tax());
  await one.registry.deploy("a", await passing(), { settings: linkedTo("tax") });
  await agree("tax");
  await other.registry.deploy("b", await passing(), { settings: linkedTo("tax") });
  // Neither knows of the other's link when it makes its own.
  await until(async () => {
    await agree("a");
    await agree("b");
    const made = await Promise.allSettled([link(one, "a", "b"), link(other, "b", "a")]);
    if (made.every(({ status }) => status === "fulfilled")) return true;
    await Promise.all([link(one, "a", "tax"), link(other, "b", "tax")]);
    return false;
  });
  await agree("a");
  await agree("b");
  for (const host of [one, other])
    for (const plugin of ["a", "b"])
      expect((await refusalOf(host.registry.callJson(plugin, "rates/echo", ["hello"]))).code).toBe(
        "link-failed",
      );
});

it("is for hosts that all do so, in a folder on a disk of this machine", async () => {
  await using alone = await createHost({ data, log: () => {} });
  await expect(createHost({ data, shareData: true })).rejects.toMatchObject({ code: "data-in-use" });
  await alone.close();
  const one = await start();
  await expect(createHost({ data })).rejects.toMatchObject({ code: "data-in-use" });
  await start();
  expect(said.mock.calls.flat().join()).toContain(`shared with process ${process.pid}`);
  await one.close();
  await expect(createHost({ data })).rejects.toMatchObject({ code: "data-in-use" });
  await expect(createHost({ shareData: true })).rejects.toMatchObject({ code: "bad-settings" });
  const long = join(data, "a".repeat(80));
  await expect(createHost({ data: long, shareData: true })).rejects.toMatchObject({ code: "bad-settings" });
});
