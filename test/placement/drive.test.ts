/** Exports that the host drives: one contract, wherever the cell is. */
import { afterEach, describe, expect, it } from "vitest";
import { cellEnded, exchangePair } from "../../host/backends/exchange.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import type { Driven } from "../../host/drive/driven-export.ts";
import { drivenExport } from "../../host/drive/driven-exports.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { Placement } from "../../host/placement/placement.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { closeAll, guest, place } from "../support/placed-guest.ts";
import { isRunning, until } from "../support/processes.ts";

/** Keeps the state that it is given, and gives it back, each byte as it is; refuses a version, and traps on another. */
const keeper = guest(
  `(global $at (mut i32) (i32.const 0)) (global $length (mut i32) (i32.const 0))
  (func (export "save") (result i32)
    (i32.store (i32.const 8) (global.get $at)) (i32.store (i32.const 12) (global.get $length)) (i32.const 8))
  (func (export "restore") (param i32 i32 i32 i32) (result i32)
    (if (i32.eq (local.get 1) (i32.const 4)) (then unreachable))
    (global.set $at (local.get 2)) (global.set $length (local.get 3))
    (i32.store (i32.const 16) (i32.eq (local.get 1) (i32.const 7)))
    (i32.store (i32.const 20) (local.get 0)) (i32.store (i32.const 24) (local.get 1)) (i32.const 16))
  (func (export "spin") (result i32) (loop (br 0)) (i32.const 16))`,
  {
    save: "(result (list u8))",
    restore: '(param "from-version" string) (param "state" (list u8)) (result (result (error string)))',
    spin: "(result (result (error string)))",
  },
);
const limits = { ...defaultLimits, fuel: 1e12, time: 60_000, resultBytes: 16 * 1024 * 1024 };

/** A function of the guest's, as the host drives it. */
function driven(name: string, key = name.slice(name.indexOf("#") + 1)): Driven {
  const { type } = exportedFunctions(keeper.world).find((each) => each.key === key)!;
  return { export: drivenExport(name)!, key, type };
}

const opened: Placement[] = [];
const placements = {
  async inline() {
    const supply = linkImports(keeper.world, parseGrants({})).supply();
    const compiled = await createDirectEngine().compile(keeper, limits);
    const recipient = { plugin: "keeper", log: () => {} };
    const placement = await placeInline({ compiled, supply, recipient, mode: "shared", limits });
    opened.push(placement);
    return placement;
  },
  process: () => place({ component: keeper, limits, cells: limits }),
};
afterEach(() => {
  closeAll();
  for (const placement of opened.splice(0)) placement.close();
});

const state = new Uint8Array(1_000_000).map((_, i) => i % 251);

async function restore(placement: Placement, version: string): Promise<void> {
  const [near, far] = exchangePair(() => {});
  const driving = placement.drive(driven("state#restore"), far);
  const send = async () => {
    await near.send(version);
    for (let at = 0; at < state.length; at += 50_000) await near.send(state.subarray(at, at + 50_000));
    near.end();
  };
  await Promise.all([driving, send()]);
}

describe.each(Object.entries(placements))("an export that is driven, its cell placed %s", (_, placed) => {
  it("takes a stream of parts, and gives one", async () => {
    const placement = await placed();
    await restore(placement, "1");
    const [near, far] = exchangePair(() => {});
    const context = { fuel: 0 };
    const driving = placement.drive(driven("state#save"), far, context);
    const parts: Uint8Array[] = [];
    for (let part = await near.receive(); part !== undefined; part = await near.receive())
      parts.push(part as Uint8Array);
    await driving;
    expect(parts.length).toBeGreaterThan(10);
    expect(Buffer.concat(parts).equals(state)).toBe(true);
    expect(context.fuel).toBeGreaterThan(0);
  });

  it("gives the error that it returns, as a call does", async () => {
    const placement = await placed();
    await expect(restore(placement, "refused")).rejects.toMatchObject({
      code: "guest-error",
      payload: "refused",
    });
    await restore(placement, "1");
  });

  it("cuts the exchange off where its guest traps, and the next cell takes the next", async () => {
    const placement = await placed();
    const [near, far] = exchangePair(() => {});
    const driving = placement.drive(driven("state#restore"), far);
    const ended = near.receive().catch((error) => error.code);
    await near.send("trap");
    near.end();
    await expect(driving).rejects.toMatchObject({ code: "trap" });
    expect(["trap", "closed"]).toContain(await ended);
    expect(near.signal.aborted).toBe(true);
    await restore(placement, "1");
  });

  it("ends where whoever drives it cuts the exchange off", async () => {
    const placement = await placed();
    const [near, far] = exchangePair(() => {});
    const driving = placement.drive(driven("state#restore"), far);
    await near.send("1");
    near.cancel(cellEnded("keeper"));
    await expect(driving).rejects.toMatchObject({ code: "closed" });
    await restore(placement, "1");
  });

  it("is refused when the placement is closed", async () => {
    const placement = await placed();
    placement.close();
    const [near, far] = exchangePair(() => {});
    await expect(placement.drive(driven("state#save"), far)).rejects.toMatchObject({ code: "closed" });
    await expect(near.receive()).rejects.toMatchObject({ code: "closed" });
  });
});

describe("an export that is driven in a process", () => {
  it("ends with its process, which is killed when it takes too long", async () => {
    const placement = await place({ component: keeper, limits: { ...limits, time: 1_000 }, cells: limits });
    const [pid] = placement.pids;
    const [near, far] = exchangePair(() => {});
    const driving = placement.drive(driven("lifecycle#health", "spin"), far);
    await expect(driving).rejects.toMatchObject({ code: "timeout" });
    await expect(near.receive()).rejects.toMatchObject({ code: "timeout" });
    await until(() => !isRunning(pid!));
  });

  it("loses no part where its process ended before it read of it", async () => {
    const placement = await place({ component: keeper, limits, cells: limits });
    process.kill(placement.pids[0]!, "SIGKILL");
    await restore(placement, "1");
  });
});
