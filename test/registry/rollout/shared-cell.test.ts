/** Rollouts of plugins of which one host has the one cell: it is tried there, whichever host is asked. */
import { afterAll, expect, it } from "vitest";
import type { Host } from "../../../host/host.ts";
import { labelOf, version } from "../../guests/obedient.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfFolder } from "../../nodes/hosts-of-folder.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";

afterAll(removeTemporaryFolders);

const { start } = hostsOfFolder();

const versionOn = (host: Host) => host.registry.callJson("p", "version");
const boom = (host: Host) => refusalOf(host.registry.callJson("p", "boom"));
const tried = (host: Host, plugin = "p") => until(() => host.registry.details(plugin).rollout !== undefined);
const triedBy = async (host: Host) =>
  (await host.nodes()).filter(({ standing }) => standing?.tries).map(({ self }) => self);
const add = (host: Host, by: number) => host.registry.callJson("guest", "add", [by]);
const described = (host: Host) => host.registry.callJson("guest", "describe");
const rollout = { time: "2m", calls: 5 };

/** Two hosts with version 1 of a plugin, the one cell of which the first has. */
async function holderAndOther(settings: object = { rollout }): Promise<[Host, Host]> {
  const [holder, other] = [await start(), await start()];
  await holder.registry.deploy("p", sample({ version: 1 }), { settings });
  await until(() => other.registry.revision("p") === 1);
  for (const host of [holder, other]) expect(await versionOn(host)).toBe(1);
  return [holder, other];
}

it("are tried by the host that has the cell, and live everywhere after so many calls", async () => {
  const [holder, other] = await holderAndOther();
  const deploying = other.registry.deploy("p", sample({ version: 2 }), { who: "ada" });
  await tried(other);
  await tried(holder);
  const { version: digest } = other.registry.details("p").rollout!;
  expect(other.registry.details("p")).toMatchObject({
    revision: 1,
    rollout: { calls: 0, before: { calls: 2, traps: 0 }, host: { pid: process.pid } },
  });
  await until(async () => (await triedBy(other)).length > 0);
  expect(await triedBy(other)).toEqual([false]);
  // The one cell, whoever is asked.
  for (const host of [holder, other, holder, other]) expect(await versionOn(host)).toBe(2);
  await until(() => other.registry.details("p").rollout?.calls === 4);
  expect(await versionOn(other)).toBe(2);
  const deployed = await deploying;
  expect(deployed).toMatchObject({ outcome: "swapped", revision: 2, version: digest });
  expect(deployed.rollout).toEqual({
    first: { calls: 5, traps: 0, host: { machine: expect.any(String), pid: process.pid } },
    hosts: { followed: 1, unsure: 0 },
  });
  for (const host of [holder, other]) {
    expect(await versionOn(host)).toBe(2);
    expect(host.registry.details("p")).toMatchObject({ revision: 2 });
    expect(host.registry.details("p")).not.toHaveProperty("rollout");
    expect(host.registry.behind).toBe(0);
  }
  // It went on in the cell that it was tried in.
  expect(holder.registry.counters("p").traps).toBe(0);
  const told = await holder.store.events({ plugin: "p" });
  expect(told.map(({ kind }) => kind)).toEqual(["deployed", "rollout-begun", "deployed"]);
});

it("are undone there where it traps more than before, and nothing of them is stored", async () => {
  const [holder, other] = await holderAndOther();
  const deploying = refusalOf(other.registry.deploy("p", sample({ version: 2 })));
  await tried(other);
  expect((await boom(other)).code).toBe("trap");
  const { code, message, facts } = await deploying;
  expect([code, facts.extra]).toEqual([
    "rollout-failed",
    expect.objectContaining({ calls: 1, traps: 1, before: { calls: 2, traps: 0 } }),
  ]);
  expect(message).toMatch(
    /^The rollout of p has failed: on the first host, the host with process \d+ on \S+, 1 of 1 calls/,
  );
  for (const host of [holder, other]) expect(await versionOn(host)).toBe(1);
  expect(await other.registry.deployments("p")).toHaveLength(1);
  await until(async () => (await triedBy(other)).length === 0);
  // It may be tried again, or go to all at once.
  const again = await other.registry.deploy("p", sample({ version: 3 }), { atOnce: true });
  expect([again.revision, again.rollout]).toEqual([2, undefined]);
  await until(async () => (await versionOn(holder)) === 3);
});

it("hand state over in the cell, and back where they are stopped, at any host", async () => {
  const [holder, other, third] = [await start(), await start(), await start()];
  await holder.registry.deploy("guest", await version(1), { settings: { rollout } });
  for (const host of [other, third]) await until(() => host.registry.revision("guest") === 1);
  expect([await add(holder, 5), await add(other, 2)]).toEqual([5, 7]);
  const deploying = refusalOf(other.registry.deploy("guest", await version(2)));
  await tried(other, "guest");
  for (const host of [holder, other, third]) expect(await described(host)).toContain(labelOf(2));
  expect(await add(third, 1)).toBe(8);
  await third.registry.stopRollout("guest", "ada");
  expect(await deploying).toMatchObject({ code: "rollout-stopped", message: expect.stringContaining("ada") });
  for (const host of [holder, other, third]) expect(await described(host)).toContain(labelOf(1));
  expect(await add(other, 0)).toBe(8);
});

it("fail with the host that tries them, and another has the cell then, as it was", async () => {
  const [holder, other] = [await start(), await start()];
  await holder.registry.deploy("guest", await version(1), { settings: { rollout } });
  await until(() => other.registry.revision("guest") === 1);
  expect([await add(holder, 5), await add(other, 2)]).toEqual([5, 7]);
  const deploying = refusalOf(other.registry.deploy("guest", await version(2)));
  await tried(other, "guest");
  expect(await add(other, 1)).toBe(8);
  await holder.close();
  const failed = await deploying;
  expect(failed).toMatchObject({
    code: "rollout-failed",
    message: expect.stringContaining("which tried it, ended"),
  });
  // No call has ended its cell, and nobody answers there.
  expect(failed.facts.remedy).not.toContain("traps");
  expect(await described(other)).toContain(labelOf(1));
  expect(await add(other, 0)).toBe(8);
});

it("end with the host that leads them, and the cell goes on as it was", async () => {
  const [holder, other] = [await start(), await start()];
  await holder.registry.deploy("guest", await version(1), { settings: { rollout } });
  await until(() => other.registry.revision("guest") === 1);
  expect([await add(holder, 5), await add(other, 2)]).toEqual([5, 7]);
  const deploying = refusalOf(other.registry.deploy("guest", await version(2)));
  await tried(holder, "guest");
  await tried(other, "guest");
  expect((await refusalOf(holder.registry.configure("guest", { limits: { queue: 7 } }))).code).toBe(
    "rollout-under-way",
  );
  expect(await described(holder)).toContain(labelOf(2));
  const closing = other.close();
  expect((await deploying).code).toBe("closed");
  await closing;
  await until(() => holder.registry.details("guest").rollout === undefined);
  expect(await described(holder)).toContain(labelOf(1));
  expect(await add(holder, 0)).toBe(7);
  expect((await holder.registry.deploy("guest", await version(3))).revision).toBe(2);
});

it("are settings too that take a new cell, with their secrets, and what does not start there is refused", async () => {
  const [holder, other] = [await start(), await start()];
  await holder.registry.deploy("guest", await version(1), {
    settings: { rollout: { ...rollout, calls: 1 } },
  });
  await until(() => other.registry.revision("guest") === 1);
  expect([await add(holder, 5), await add(other, 2)]).toEqual([5, 7]);
  const text = { secret: "a text that nobody else sees" };
  const deploying = other.registry.configure("guest", { env: { text } });
  await tried(other, "guest");
  expect(await described(other)).toContain(text.secret);
  expect((await deploying).rollout).toMatchObject({ first: { calls: 1, host: {} } });
  expect(await add(holder, 0)).toBe(7);
  expect(holder.registry.details("guest").settings.env).toEqual({ text: { secret: true } });
  expect(holder.registry.behind).toBe(0);
  // Each host could begin it, but the one that has the cell does not take its state over.
  const refused = await refusalOf(other.registry.configure("guest", { env: { restore: "err" } }));
  expect(refused).toMatchObject({
    code: "restore-failed",
    message: expect.stringMatching(/^The host .+ has the cell, and tried it: /),
    facts: { extra: { host: expect.stringContaining("The host") } },
  });
  expect(await described(other)).toContain(text.secret);
  expect(await add(other, 0)).toBe(7);
  expect(other.registry.revision("guest")).toBe(2);
});

it("bring the files along that came with the version, which one host reads for all", async () => {
  const settings = { mode: "fresh", grants: { files: true }, rollout: { ...rollout, calls: 2 } };
  const [holder, other] = await holderAndOther(settings);
  const files = new Map([["greeting.txt", Buffer.from("Good evening")]]);
  const deploying = other.registry.deploy("p", sample({ version: 2 }), { files });
  await tried(other);
  for (const host of [other, holder]) expect(await versionOn(host)).toBe(2);
  const { rollout: told, version: digest } = await deploying;
  expect(told).toMatchObject({ first: { calls: 2, host: {} }, hosts: { followed: 1 } });
  for (const host of [other, holder]) {
    expect(await versionOn(host)).toBe(2);
    expect(Buffer.from((await host.registry.file("p", digest, "greeting.txt")).bytes).toString()).toBe(
      "Good evening",
    );
  }
});
