import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Engines } from "../../host/engine/engines.ts";
import { createHost } from "../../host/host.ts";
import { Placements } from "../../host/placement/placements.ts";
import type { Registry } from "../../host/registry/api.ts";
import { Starter } from "../../host/registry/deploy/starter.ts";
import { EventLog } from "../../host/registry/event-log.ts";
import { openRegistry } from "../../host/registry/registry.ts";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import type { Store } from "../../host/store/store.ts";
import { labelOf, version } from "../guests/obedient.ts";
import { finished, killRunning, startHotcell } from "../support/cli.ts";
import { awake } from "../support/hosts.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-failures-"));
});
afterEach(async () => {
  await killRunning();
  await rm(folder, { recursive: true, force: true });
});

/** As `createHost` does, on a store of its own. */
async function hostOn(store: Store): Promise<{ registry: Registry } & AsyncDisposable> {
  const events = new EventLog(store);
  const engines = new Engines();
  const starter = new Starter(new Placements(engines, () => {}));
  const registry = await openRegistry({ starter, store, events, ceilings: {} });
  return {
    registry,
    async [Symbol.asyncDispose]() {
      await registry.close();
      await events.close();
      await engines.close();
      await store.close();
    },
  };
}

describe("a full disk", () => {
  it("refuses deployments, keeps what is live with its state, and loses nothing", async () => {
    const maxBytes = 200_000;
    let refusedAt = 0;
    {
      await using host = await hostOn(await openSqliteStore({ folder, maxBytes }));
      const call = (name: string, ...args: unknown[]) =>
        awake(host.registry.callable("guest", name)).call(args);
      let refusal: unknown;
      for (refusedAt = 1; refusal === undefined && refusedAt < 50; refusedAt++) {
        const deployment = host.registry.deploy("guest", await version(refusedAt));
        refusal = await deployment.then(
          () => undefined,
          (error: unknown) => error,
        );
        await call("add", 1);
      }
      refusedAt--;
      expect(refusedAt).toBeGreaterThan(3);
      expect(refusal).toMatchObject({
        code: "store-full",
        status: 507,
        message: expect.stringContaining(join(folder, "hotcell.db")),
        facts: { remedy: expect.any(String) },
      });
      expect(host.registry.details("guest").revision).toBe(refusedAt - 1);
      expect(await call("describe")).toBe(`${labelOf(refusedAt - 1)}  1`);
      expect(await call("add", 0)).toBe(BigInt(refusedAt));
      // A new name is refused as well, and leaves nothing behind.
      const other = host.registry.deploy("other", await version(99));
      await expect(other).rejects.toMatchObject({ code: "store-full" });
      expect(host.registry.list().map(({ name }) => name)).toEqual(["guest"]);
    }
    await using host = await hostOn(await openSqliteStore({ folder }));
    await host.registry.wake("guest");
    expect(await awake(host.registry.callable("guest", "describe")).call([])).toBe(
      `${labelOf(refusedAt - 1)}  1`,
    );
    const history = await host.registry.deployments("guest");
    expect(history.map(({ revision }) => revision)).toEqual(
      Array.from({ length: refusedAt - 1 }, (_, i) => refusedAt - 1 - i),
    );
    // With room again, everything goes on.
    expect(await host.registry.deploy("guest", await version(refusedAt))).toMatchObject({
      revision: refusedAt,
    });
  });

  it("stops nobody from calling, and nothing that a refused deployment held up", async () => {
    await using host = await hostOn(await openSqliteStore({ folder, maxBytes: 120_000 }));
    const counts: Promise<unknown>[] = [];
    // Bounded: while the disk is slow, as many turns go by as it takes.
    let waiting = 0;
    let refused = 0;
    for (let i = 1; refused < 5; i++) {
      const deployment = host.registry.deploy("guest", await version(i));
      let over = false;
      deployment.then(
        () => {
          over = true;
        },
        () => {
          over = true;
          refused++;
        },
      );
      if (i === 1) await deployment;
      while (!over) {
        if (waiting < 1_000) {
          waiting++;
          const added = awake(host.registry.callable("guest", "add")).call([1]);
          counts.push(added.finally(() => waiting--));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const totals = (await Promise.all(counts)).map(Number).sort((a, b) => a - b);
    expect(totals).toEqual(totals.map((_, i) => i + 1));
  });
});

describe("an unusable data folder", () => {
  /** Root may write to any folder, so for root a file stands where it should be. */
  const unusable = async () => {
    const data = join(folder, "data");
    if (process.getuid?.() === 0) await writeFile(data, "");
    else await mkdir(data, { mode: 0o500 });
    return data;
  };

  it("is named by createHost, with what to do", async () => {
    const data = await unusable();
    await expect(createHost({ data })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining(data),
      facts: { remedy: expect.any(String) },
    });
  });

  it("ends hotcell serve with one message and no stack", async () => {
    const data = await unusable();
    const { code, stdout, stderr } = await finished(
      startHotcell(["serve", "--port", "0", "--data", data], {
        environment: { HOTCELL_TOKEN: "x".repeat(32) },
      }),
    );
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(data);
    expect(stderr).not.toContain("    at ");
  });

  it("that goes away under a running host refuses deployments; calls go on", async () => {
    const data = join(folder, "data");
    await using host = await createHost({ data, log: () => {} });
    await host.registry.deploy("guest", await version(1));
    await rm(data, { recursive: true });
    await expect(host.registry.deploy("guest", await version(2))).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining("removed or replaced while in use"),
    });
    expect(await awake(host.registry.callable("guest", "describe")).call([])).toBe(`${labelOf(1)}  1`);
    expect(host.registry.details("guest").revision).toBe(1);
  });
});
