/** Changes of contracts against deployments under way, and against changes that another host on the same store makes. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import { sample } from "../../guests/small-plugins.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { refusalOf } from "../../support/thrown.ts";

const contract = (exports: string) =>
  componentTypeOf(dummyModule(`package acme:contracts; world plugin { ${exports} }`));
const adding = contract("export add: func(a: u32, b: u32) -> u32;");
const echoing = contract("export echo: func(text: string) -> string;");
const bothOf = contract(
  "export add: func(a: u32, b: u32) -> u32; export echo: func(text: string) -> string;",
);

/** Turns of the event loop between the two; after the most, one waits for the other. */
const most = 40;

const hosts: Host[] = [];
const open = async (store?: ReturnType<typeof createMemoryStore>) => {
  const host = await createHost({ log: () => {}, ...(store && { store }) });
  hosts.push(host);
  return host.registry;
};
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    ({ code }: { code: string }) => code,
  );

describe("a contract that is put while a deployment is under way", () => {
  it("holds for it, or is told that it breaks it", async () => {
    const registry = await open();
    for (let waits = 0; waits <= most; waits++) {
      await registry.contracts.put("adding", adding, { plugins: ["p"] });
      await registry.deploy("p", sample());
      const deployed = codeOf(registry.deploy("p", sample({ without: ["echo"] }), { allowBreaking: true }));
      if (waits === most) await deployed;
      else for (let i = 0; i < waits; i++) await turn();
      const put = await codeOf(registry.contracts.put("adding", bothOf));
      expect([await deployed, put].sort()).toEqual(
        (await deployed) ? ["contract-unmet", undefined] : ["contract-breaks", undefined],
      );
      await registry.remove("p");
      await registry.contracts.remove("adding");
    }
  });

  it("is not removed under one that names it", async () => {
    const registry = await open();
    for (let waits = 0; waits <= most; waits++) {
      await registry.contracts.put("adding", adding);
      const settings = { contract: "adding" };
      const deployed = codeOf(registry.deploy("p", sample(), { settings }));
      if (waits === most) await deployed;
      else for (let i = 0; i < waits; i++) await turn();
      const removed = await codeOf(registry.contracts.remove("adding"));
      expect([await deployed, removed]).toEqual(
        removed ? [undefined, "contract-in-use"] : ["contract-not-found", undefined],
      );
      if (!removed) continue;
      await registry.remove("p");
      await registry.contracts.remove("adding");
    }
  });
});

describe("hosts on one store", () => {
  it("hold plugins to what another has put, and to nothing that another has removed", async () => {
    const store = createMemoryStore();
    const [one, other] = [await open(store), await open(store)];
    await one.contracts.put("adding", adding, { plugins: ["sum-*"] });
    const refused = await refusalOf(other.deploy("sum-a", sample({ without: ["add"] })));
    expect(refused.code).toBe("contract-unmet");
    await one.contracts.put("adding", adding, { plugins: [] });
    await one.contracts.put("adding", bothOf);
    await other.deploy("sum-a", sample({ without: ["add"] }));
    expect(other.contracts.list()).toEqual(one.contracts.list().map((each) => ({ ...each, users: [] })));
    await other.contracts.remove("adding");
    expect((await refusalOf(one.deploy("p", sample(), { settings: { contract: "adding" } }))).code).toBe(
      "contract-not-found",
    );
    expect(one.contracts.list()).toEqual([]);
  });

  it("give no number twice, whichever removed it", async () => {
    const store = createMemoryStore();
    const [one, other] = [await open(store), await open(store)];
    await one.contracts.put("c", adding);
    await one.contracts.put("c", bothOf);
    const [removed, put] = await Promise.allSettled([
      one.contracts.remove("c", { version: 2 }),
      other.contracts.put("c", bothOf, { plugins: ["p"] }),
    ]);
    expect([removed.status, put.status]).toEqual(["fulfilled", "fulfilled"]);
    const versions = () => one.contracts.list()[0]!.versions;
    // The patterns of the second one were changed before it was removed, or it was put anew as the third.
    const put2 = (put as PromiseFulfilledResult<{ version: number }>).value.version === 2;
    await one.contracts.put("c", adding, { dryRun: true });
    expect(versions()).toEqual(put2 ? [1] : [1, 3]);
    expect((await other.contracts.put("c", echoing)).version).toBe(put2 ? 3 : 4);
  });

  it("put versions one after the other", async () => {
    const store = createMemoryStore();
    const [one, other] = [await open(store), await open(store)];
    const [a, b] = await Promise.all([one.contracts.put("c", adding), other.contracts.put("c", echoing)]);
    expect([a.version, b.version].sort()).toEqual([1, 2]);
    for (const registry of [one, other]) {
      // In its turn after what was heard of.
      await registry.contracts.put("c", bothOf, { dryRun: true });
      expect(registry.contracts.summary("c").versions).toEqual([1, 2]);
      expect(Buffer.compare(registry.contracts.get("c", a.version).bytes, adding)).toBe(0);
      expect(Buffer.compare(registry.contracts.get("c", b.version).bytes, echoing)).toBe(0);
    }
  });
});
