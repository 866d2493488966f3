/** Hosts on one folder as they tell how they stand: what they have followed, what they are behind with, which Hotcell they are. */
import { expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { LeaseTable } from "../../host/nodes/memory-leases.ts";
import { Neighbours } from "../../host/nodes/neighbours.ts";
import { joinSqliteLeases } from "../../host/nodes/sqlite-leases.ts";
import { ownFacts } from "../../host/nodes/told-nodes.ts";
import { sample } from "../guests/small-plugins.ts";
import { until } from "../support/processes.ts";
import { hostsOfFolder } from "./hosts-of-folder.ts";

const hosts = hostsOfFolder();

const { start } = hosts;
const standings = async (host: Host) => (await host.nodes()).map(({ standing }) => standing);

it("tell how far each has followed what is stored", async () => {
  const [one, other] = [await start(), await start()];
  for (const v of [1, 2]) await one.registry.deploy("p", sample({ version: v }));
  const { last } = await one.store.eventRange();
  await until(async () => (await standings(other)).every((standing) => standing?.followed === last));
  expect(await standings(one)).toEqual([{ followed: last }, { followed: last }]);
});

it("tell what one of them is behind with, until it is no more", async () => {
  const [one, other] = [await start(), await start()];
  await one.registry.deploy("p", sample({ version: 1 }));
  await until(() => other.registry.revision("p") === 1);
  await other.registry.wake("p");
  const { version } = one.registry.details("p");
  const commit = (expected: number, settings: unknown) =>
    one.store.commit({
      ...{ plugin: "p", expected, settings, at: new Date().toISOString(), outcome: "configured" },
      ...{ live: version, event: { kind: "deployed" } },
    });
  const { event } = await commit(1, 7);
  // Of the two only the other one runs it: the one that deployed it has it, too.
  await until(async () => (await standings(one)).every((standing) => standing?.behind !== undefined));
  const behind = { plugin: "p", revision: 2, code: "plugin-damaged" };
  await until(async () => (await standings(one))[1]?.followed === event);
  expect((await standings(one))[1]).toEqual({ followed: event, behind: [behind] });
  await commit(2, {});
  await until(async () => (await standings(one)).every((standing) => standing?.behind === undefined));
});

it("say so where one of them is another Hotcell, whenever it comes, and when it has gone", async () => {
  const host = await start();
  const lines = () => hosts.said.mock.calls.map(([line]: unknown[]) => String(line)).join("\n");
  const facts = ownFacts("99.0.0");
  await using here = joinSqliteLeases(hosts.data, ownFacts("1.0.0"));
  const neighbours = new Neighbours(here);
  hosts.opened.defer(() => neighbours.close());
  await neighbours.look();
  const newer = joinSqliteLeases(hosts.data, facts);
  await neighbours.look();
  expect(lines()).toMatch(/Beside this Hotcell 1\.0\.0 there is Hotcell .*99\.0\.0 on/);
  expect(neighbours.versions.get("99.0.0")).toBe(1);
  await newer.close();
  await host.close();
  await neighbours.look();
  expect(lines()).toContain("All hosts are Hotcell 1.0.0 again.");
  expect([...neighbours.versions]).toEqual([["1.0.0", 1]]);
  // One that begins beside them knows at once, and its meters do.
  await using another = await createHost({ data: hosts.data, shareData: true, log: () => {} });
  let metrics = "";
  for await (const piece of another.metrics.text("prometheus")) metrics += piece;
  expect(metrics).toMatch(/^hotcell_hosts\{version="1\.0\.0"\} 1$/m);
});

it("workers of one process count as one host, and others by themselves", async () => {
  const table = new LeaseTable();
  const facts = { machine: "m", pid: 1, version: "1.0.0", since: "2026-11-22T10:15:02Z" };
  const here = table.join({ ...facts, primary: 7 });
  table.join({ ...facts, primary: 7 });
  table.join({ ...facts, primary: 8 });
  table.join({ ...facts, primary: 7, machine: "other" });
  table.join(facts);
  table.join(facts);
  table.join({ ...facts, version: "2.0.0", primary: 7 });
  const neighbours = new Neighbours(here);
  await neighbours.look();
  expect([...neighbours.versions]).toEqual([
    ["1.0.0", 5],
    ["2.0.0", 1],
  ]);
  await neighbours.close();
});
