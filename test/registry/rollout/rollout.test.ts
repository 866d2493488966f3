/** Deployments that go host by host: two hosts on one folder, one of which has what is new alone for a time. */
import { hostname } from "node:os";
import { afterAll, expect, it, vi } from "vitest";
import { HotcellError } from "../../../host/errors.ts";
import type { Host } from "../../../host/host.ts";
import { RolloutHosts } from "../../../host/nodes/rollout-hosts.ts";
import { labelOf, version } from "../../guests/obedient.ts";
import { shopWit } from "../../guests/shop-guest.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfFolder } from "../../nodes/hosts-of-folder.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";

afterAll(removeTemporaryFolders);

const hosts = hostsOfFolder();

const { start } = hosts;
const versionOn = (host: Host) => host.registry.callJson("p", "version");
const boom = (host: Host) => refusalOf(host.registry.callJson("p", "boom"));
const tried = (host: Host) => until(() => host.registry.details("p").rollout !== undefined);
const rollout = { time: "2m", calls: 5 };

/** Two hosts with version 1 of a plugin, of which each has cells of its own. */
async function twoHosts(settings: object = { mode: "fresh", rollout }): Promise<[Host, Host]> {
  const [one, other] = [await start(), await start()];
  await one.registry.deploy("p", sample({ version: 1 }), { settings });
  await until(() => other.registry.revision("p") === 1);
  expect(await Promise.all([one, other].map(versionOn))).toEqual([1, 1]);
  return [one, other];
}

it("go to one host first, and to the others after so many calls there", async () => {
  const [one, other] = await twoHosts();
  const deploying = one.registry.deploy("p", sample({ version: 2 }), { who: "ada" });
  await tried(one);
  const { version: digest } = one.registry.details("p").rollout!;
  expect(one.registry.details("p")).toMatchObject({
    revision: 1,
    rollout: { calls: 0, before: { traps: 0 } },
  });
  expect(await Promise.all([one, other].map(versionOn))).toEqual([2, 1]);
  await until(async () => (await other.nodes()).some(({ standing }) => standing?.tries?.p === digest));
  for (let i = 0; i < 4; i++) expect(await versionOn(one)).toBe(2);
  const deployed = await deploying;
  expect(deployed).toMatchObject({ outcome: "swapped", revision: 2, version: digest });
  expect(deployed.rollout).toEqual({ first: { calls: 5, traps: 0 }, hosts: { followed: 1, unsure: 0 } });
  expect(deployed.timings).toHaveProperty("rollout");
  // The answer waited for the other one.
  expect(await Promise.all([one, other].map(versionOn))).toEqual([2, 2]);
  const [last] = await other.registry.deployments("p");
  expect(last).toMatchObject({ revision: 2, who: "ada", details: { tried: { calls: 5, traps: 0 } } });
  expect(one.registry.details("p")).not.toHaveProperty("rollout");
  expect((await other.nodes()).every(({ standing }) => standing?.tries === undefined)).toBe(true);
});

it("are undone where the first host sees more traps than before, and nothing of them is stored", async () => {
  const [one, other] = await twoHosts();
  const deploying = refusalOf(one.registry.deploy("p", sample({ version: 2 })));
  await tried(one);
  expect(await versionOn(one)).toBe(2);
  expect((await boom(one)).code).toBe("trap");
  const { code, message, facts } = await deploying;
  // Whoever deploys by a balancer knows of no other way which host that was.
  const first = `the host with process ${process.pid} on ${hostname()}`;
  expect([code, message]).toEqual([
    "rollout-failed",
    `The rollout of p has failed: on the first host, ${first}, 1 of 2 calls ended their cell, of the version before 0 of 1 calls. What was live before is live everywhere.`,
  ]);
  expect(facts.extra).toEqual({
    calls: 2,
    traps: 1,
    before: { calls: 1, traps: 0 },
    host: `The ${first.slice(4)}`,
  });
  // What it sends the reader to is there.
  expect(facts.remedy).toContain("GET /plugins/p/traps at that host (in code: traps).");
  expect(one.registry.traps("p")).toMatchObject([{ code: "trap" }]);
  expect(await Promise.all([one, other].map(versionOn))).toEqual([1, 1]);
  expect(await one.registry.deployments("p")).toHaveLength(1);
  const told = () => one.store.events({ plugin: "p" });
  await until(async () => (await told()).some(({ kind }) => kind === "refused"));
  expect((await told()).map(({ kind }) => kind)).toEqual(["deployed", "rollout-begun", "refused"]);
  // It may be tried again, or go to all at once.
  const again = await one.registry.deploy("p", sample({ version: 3 }), { atOnce: true });
  expect([again.revision, again.rollout]).toEqual([2, undefined]);
  await until(async () => (await versionOn(other)) === 3);
});

it("are told of by plans, with the hosts that there are, unless all get it at once", async () => {
  const [one, other] = await twoHosts();
  const plan = async (options: object) =>
    (await one.registry.deploy("p", sample({ version: 2 }), { ...options, dryRun: true })).plannedRollout;
  expect(await plan({})).toEqual({ ...rollout, hosts: 2, tried: true });
  expect(await plan({ atOnce: true })).toBeUndefined();
  expect(await plan({ settings: { rollout: null } })).toBeUndefined();
  const configured = await one.registry.configure("p", { limits: { queue: 7 } }, { dryRun: true });
  expect(configured.plannedRollout).toEqual({ ...rollout, hosts: 2, tried: false });
  const first = await one.registry.deploy("q", sample(), { settings: { rollout }, dryRun: true });
  expect(first.plannedRollout).toBeUndefined();
  expect((await one.registry.deploy("p", sample({ version: 1 }), { dryRun: true })).outcome).toBe(
    "unchanged",
  );
  await other.close();
  expect(await plan({})).toBeUndefined();
});

it("go on where a version traps no more than the one before did", async () => {
  const [one] = await twoHosts();
  for (let i = 0; i < 4; i++) await boom(one);
  const deploying = one.registry.deploy("p", sample({ version: 2 }));
  await tried(one);
  for (let i = 0; i < 4; i++) await boom(one);
  await versionOn(one);
  expect((await deploying).rollout?.first).toEqual({ calls: 5, traps: 4 });
});

it("let nothing else of the plugin change meanwhile, and are stopped from any host", async () => {
  const [one, other] = await twoHosts();
  const deploying = refusalOf(one.registry.deploy("p", sample({ version: 2 })));
  await tried(one);
  for (const host of [one, other])
    for (const change of [
      host.registry.deploy("p", sample({ version: 3 })),
      host.registry.configure("p", { limits: { queue: 7 } }),
      host.registry.rollback("p"),
      host.registry.remove("p"),
    ])
      expect((await refusalOf(change)).code).toBe("rollout-under-way");
  expect((await other.registry.deploy("p", sample({ version: 3 }), { dryRun: true })).outcome).toBe(
    "planned",
  );
  await other.registry.stopRollout("p", "ada");
  const { code, message } = await deploying;
  expect([code, message.includes("ada")]).toEqual(["rollout-stopped", true]);
  expect(await Promise.all([one, other].map(versionOn))).toEqual([1, 1]);
  await until(async () => (await refusalOf(other.registry.stopRollout("p"))).code === "bad-request");
  expect((await other.registry.configure("p", { limits: { queue: 7 } })).revision).toBe(2);
});

it("try nothing any more where another host may lead one since", async () => {
  const [one, other] = await twoHosts();
  const { claim } = RolloutHosts.prototype;
  using _ = vi.spyOn(RolloutHosts.prototype, "claim").mockImplementationOnce(async function (
    this: RolloutHosts,
    plugin: string,
  ) {
    const claimed = await claim.call(this, plugin);
    if (typeof claimed === "string") return claimed;
    return { lost: AbortSignal.abort(), release: () => claimed.release() };
  });
  expect((await refusalOf(one.registry.deploy("p", sample({ version: 2 })))).code).toBe("rollout-under-way");
  expect(await Promise.all([one, other].map(versionOn))).toEqual([1, 1]);
  expect(await one.registry.deployments("p")).toHaveLength(1);
});

it("are undone everywhere where another host does not run what was tried", async () => {
  const own = { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }) };
  const one = await start({ capabilities: { "acme:shop/db": own } });
  const other = await start();
  await one.registry.deploy("p", sample({ version: 1 }), {
    settings: { mode: "fresh", rollout: { time: "1s" } },
  });
  await until(() => other.registry.revision("p") === 1);
  expect(await versionOn(other)).toBe(1);
  const settings = { grants: { "shop-db": true } };
  const { code, facts, message } = await refusalOf(
    one.registry.deploy("p", sample({ version: 2 }), { settings }),
  );
  expect([code, facts.extra?.code]).toEqual(["rollout-failed", "plugin-damaged"]);
  expect(message).toContain("The host");
  expect(await Promise.all([one, other].map(versionOn))).toEqual([1, 1]);
  await until(() => other.registry.revision("p") === 3 && other.registry.behind === 0);
  const history = await other.registry.deployments("p");
  expect(history.map(({ revision, who }) => [revision, who])).toEqual([
    [3, "rollout"],
    [2, undefined],
    [1, undefined],
  ]);
  expect(history[0]!.details).toEqual({ undoes: 2 });
});

it("hand state over, and back where they are stopped", async () => {
  const [one, other] = [await start(), await start()];
  await one.registry.deploy("guest", await version(1), { settings: { rollout } });
  await until(() => other.registry.revision("guest") === 1);
  const add = (host: Host, by: number) => host.registry.callJson("guest", "add", [by]);
  expect([await add(one, 5), await add(other, 2)]).toEqual([5, 7]);
  const deploying = refusalOf(one.registry.deploy("guest", await version(2)));
  await until(() => one.registry.details("guest").rollout !== undefined);
  // One cell, which both call.
  expect(await one.registry.callJson("guest", "describe")).toContain(labelOf(2));
  expect([await add(one, 1), await add(other, 1)]).toEqual([8, 9]);
  await one.registry.stopRollout("guest");
  expect((await deploying).code).toBe("rollout-stopped");
  expect(await one.registry.callJson("guest", "describe")).toContain(labelOf(1));
  expect([await add(one, 0), await add(other, 0)]).toEqual([9, 9]);
});

it("end with the host that leads them, and others may deploy", async () => {
  const [one, other] = await twoHosts();
  const deploying = refusalOf(one.registry.deploy("p", sample({ version: 2 })));
  await tried(one);
  const closing = one.close();
  expect((await deploying).code).toBe("closed");
  await closing;
  expect(await versionOn(other)).toBe(1);
  // There is nobody to wait for any more.
  expect((await other.registry.deploy("p", sample({ version: 3 }))).rollout).toBeUndefined();
  expect(await versionOn(other)).toBe(3);
});

it("ask for the others again where the store is away when they are to follow", async () => {
  const [one, other] = await twoHosts();
  const away = async () => Promise.reject(new HotcellError("store-unavailable", "The store is away."));
  const deploying = one.registry.deploy("p", sample({ version: 2 }));
  await tried(one);
  const looks = vi.spyOn(RolloutHosts.prototype, "standings").mockImplementationOnce(away);
  try {
    for (let i = 0; i < 5; i++) await versionOn(one);
    expect((await deploying).rollout?.hosts).toEqual({ followed: 1, unsure: 0 });
    expect(looks.mock.calls.length).toBeGreaterThan(1);
    // Those that were there are unsure as long as nobody can be asked.
    looks.mockRestore();
    const next = one.registry.deploy("p", sample({ version: 3 }));
    await tried(one);
    const lost = vi.spyOn(RolloutHosts.prototype, "standings").mockImplementation(away);
    for (let i = 0; i < 5; i++) await versionOn(one);
    await until(() => lost.mock.calls.length > 1);
    await one.close();
    expect((await next).rollout?.hosts).toEqual({ followed: 0, unsure: 1 });
    expect(await versionOn(other)).toBe(3);
  } finally {
    vi.restoreAllMocks();
  }
});
