/** Three hosts and three NATS servers on three machines, one of which the others reach no more, and then again. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { ClusterNode } from "../../../tools/soak/cluster/cluster-node.ts";
import { waitedFor } from "../../../tools/soak/cluster/waited-for.ts";
import { temporaryFolder } from "../../../tools/soak/support/folder.ts";
import { killRunning } from "../../support/cli.ts";
import { exampleWasm } from "../../support/examples.ts";
import { natsOnMachines } from "./nats-server.ts";
import { type Machine, networkOf } from "./network-namespaces.ts";

const waiting = { timeout: 100_000, interval: 100 };

interface Details {
  readonly revision: number;
  readonly settings: { readonly limits: { readonly time: number } };
  readonly schedule?: readonly { readonly ran: number }[];
}

/** Answer that a host gave between these times. */
interface Seen {
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

describe.runIf(inject("networks") && !inject("missing").includes("nats-server"))(
  "a host that is cut off",
  () => {
    const parts = new AsyncDisposableStack();
    let machines: readonly Machine[];
    const nodes: ClusterNode[] = [];

    const json = async (node: ClusterNode, method: string, path: string, body?: object) => {
      const response = await node.ask(method, path, body);
      const text = await response.text();
      return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
    };
    const details = (node: ClusterNode, plugin: string) => node.answer<Details>(`/plugins/${plugin}`);
    const deploy = async (node: ClusterNode, plugin: string, example: string, settings: object) => {
      const form = new FormData();
      form.append("plugin", new Blob([new Uint8Array(exampleWasm(example))]));
      form.append("settings", JSON.stringify(settings));
      expect(await json(node, "PUT", `/plugins/${plugin}`, form)).toMatchObject({ status: 201 });
      for (const each of nodes) await waitedFor(`${plugin} on ${each.name}`, () => details(each, plugin));
    };
    const greeting = async (node: ClusterNode) =>
      (await json(node, "POST", "/call/greet/greet", ["Ada"])).json;

    beforeAll(async () => {
      const { path } = parts.use(await temporaryFolder());
      const network = parts.use(networkOf(3));
      machines = network.machines;
      for (const server of await natsOnMachines(machines)) parts.use(server);
      parts.defer(() => killRunning());
      const store = `nats://${machines.map(({ address }) => `${address}:4222`).join(",")}/parted`;
      for (const [i, machine] of machines.entries()) {
        const name = `node-${i + 1}`;
        nodes.push(new ClusterNode(name, { port: 8787, data: join(path, name), store, machine }));
      }
      // One ends where NATS has not elected its leaders yet.
      for (const node of nodes) {
        const start = () =>
          node.start().then(
            () => true,
            () => false,
          );
        await waitedFor(`NATS to let ${node.name} begin`, start).catch((error: Error) => {
          throw new Error(`${error.message} ${node.said}`);
        });
      }
    }, 240_000);
    afterAll(() => parts.disposeAsync(), 60_000);

    it("serves on, refuses changes with the reason, stops what it alone may do before another begins, and heals", {
      timeout: 300_000,
    }, async () => {
      await deploy(nodes[0]!, "greet", "greet", { mode: "fresh" });
      const schedule = [{ cron: "* * * * * *", call: "increment", arguments: [1] }];
      await deploy(nodes[0]!, "ticker", "counter", { mode: "fresh", schedule });
      const ran = async (node: ClusterNode) => (await details(node, "ticker")).schedule![0]!.ran;
      // Whoever makes the calls of schedules is cut off, with the one cell of a shared plugin.
      const cut = await waitedFor("a host to make the calls of the schedule", async () => {
        for (const node of nodes) if ((await ran(node)) > 1) return node;
      });
      const others = nodes.filter((node) => node !== cut);
      await deploy(cut, "one", "counter", {});
      const add = async (node: ClusterNode) => (await json(node, "POST", "/call/one/increment", [1])).status;
      expect(await add(cut)).toBe(200);
      for (const node of others) expect(await add(node)).toBe(200);
      expect((await json(others[0]!, "POST", "/call/one/value", [])).json).toBe(3);
      for (const node of nodes) expect(await greeting(node)).toBe("Hello, Ada!");

      const ending = new AbortController();
      const watched = async (node: ClusterNode, look: (node: ClusterNode) => Promise<number>) => {
        const seen: Seen[] = [];
        while (!ending.signal.aborted) {
          const start = performance.now();
          const value = await look(node);
          seen.push({ start, end: performance.now(), value });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return seen;
      };
      const machine = machines[nodes.indexOf(cut)]!;
      const before = await Promise.all(others.map(ran));
      machine.cut();
      const ticks = watched(cut, ran);
      const adds = watched(cut, add);
      const ticked = waitedFor("another host to make the calls of the schedule", async () => {
        const now = await Promise.all(others.map(ran));
        return now.some((count, i) => count > before[i]!) && performance.now();
      });
      const added = waitedFor("another host to have a cell", async () => {
        const status = await add(others[0]!);
        return status === 200 && performance.now();
      });
      const refused = await json(cut, "PATCH", "/plugins/greet", { limits: { time: 777 } });
      expect(refused).toMatchObject({ status: 503, json: { code: "store-unavailable" } });
      expect(await greeting(cut)).toBe("Hello, Ada!");
      const change = (node: ClusterNode, time: number) =>
        json(node, "PATCH", "/plugins/greet", { limits: { time } });
      await vi.waitFor(async () => expect((await change(others[1]!, 888)).status).toBe(200), waiting);
      const [elsewhere, taken] = await Promise.all([ticked, added]);
      expect(await greeting(cut)).toBe("Hello, Ada!");
      expect((await details(cut, "greet")).settings.limits.time).not.toBe(888);
      ending.abort();

      // What it did last was seen before what another did first.
      const counts = await ticks;
      const last = counts.at(-1)!.value;
      expect(counts.find(({ value }) => value === last)!.start).toBeLessThan(elsewhere);
      const done = (await adds).filter(({ value }) => value === 200);
      expect(Math.max(0, ...done.map(({ start }) => start))).toBeLessThan(taken);

      machine.heal();
      await vi.waitFor(async () => {
        expect((await details(cut, "greet")).settings.limits.time).toBe(888);
        expect((await change(cut, 999)).status).toBe(200);
      }, waiting);
      const times = async () => {
        const all = await Promise.all(nodes.map((node) => details(node, "greet")));
        return all.map(({ revision, settings }) => `${revision} ${settings.limits.time}`);
      };
      const agreed = Array(3).fill(expect.stringMatching(/ 999$/));
      await vi.waitFor(async () => expect(await times()).toEqual(agreed), waiting);
      await vi.waitFor(async () => expect(await add(cut)).toBe(200), waiting);
    });
  },
);
