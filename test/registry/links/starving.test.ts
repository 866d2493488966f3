/** Links under load: swaps of the callee, restarts of the host, callers that hold it, and callers that try to have more of it than others. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { checkout, tax } from "../../guests/linked-plugins.ts";
import { component } from "../../guests/small-plugins.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusalOf } from "../../support/thrown.ts";

const [one, two, asking] = [await tax(), await tax({ added: 1 }), await checkout()];
let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-links-"));
});
afterAll(async () => {
  await rm(data, { recursive: true, force: true });
  await removeTemporaryFolders();
});

let host: Host;
afterEach(() => host.close());

const links: SettingsInput = { grants: { plugins: { "acme:tax/rates": "tax" } } };
const price = (caller = "checkout") => host.registry.callJson(caller, "price", [100, "at"]);

async function start(
  taxSettings: SettingsInput,
  settings: SettingsInput,
  callers = ["checkout"],
): Promise<void> {
  host = await createHost();
  await host.registry.deploy("tax", one, { settings: taxSettings });
  for (const caller of callers)
    await host.registry.deploy(caller, asking, { settings: { ...links, ...settings } });
}

describe("a callee that is swapped under load", () => {
  it.each([
    ["shared", "inline", 100],
    ["fresh", "inline", 30],
    ["fresh", "process", 4],
  ] as const)(
    "fails no call: %s, %s",
    async (mode, placement, swaps) => {
      await start({}, { mode, placement });
      const seen = new Set<unknown>();
      let swapping = true;
      const callers = Array.from({ length: 4 }, async () => {
        // Calls that nothing has to wait for would leave the event loop to nobody else.
        for (; swapping; await setImmediate()) seen.add(await price());
      });
      try {
        for (let i = 0; i < swaps; i++) {
          await host.registry.deploy("tax", i % 2 === 0 ? two : one);
          expect(await price()).toBe(i % 2 === 0 ? 121 : 120);
        }
      } finally {
        swapping = false;
      }
      await Promise.all(callers);
      expect([...seen].filter((each) => each !== 120 && each !== 121)).toEqual([]);
      const { traps, limits } = host.registry.details("checkout").counters;
      expect({ traps, limits }).toEqual({ traps: 0, limits: {} });
    },
    60_000,
  );
});

describe("a host that is started again", () => {
  it("wakes callee and caller in whatever order they are called, and ends calls of both before it closes", async () => {
    host = await createHost({ data });
    await host.registry.deploy("tax", one);
    await host.registry.deploy("checkout", asking, { settings: links });
    await host.close();
    for (const first of ["checkout", "tax"]) {
      host = await createHost({ data });
      if (first === "tax") expect(await host.registry.callJson("tax", "rates/count", [])).toBe(1);
      expect(await price()).toBe(120);
      expect(host.registry.details("tax").links?.from).toEqual(["checkout"]);
      await host.close();
    }
    // A callee that its owner broke by leave keeps nothing from starting.
    host = await createHost({ data });
    await host.registry.remove("tax", { breaks: ["checkout"] });
    await host.close();
    host = await createHost({ data });
    expect((await refusalOf(price())).facts.extra).toMatchObject({ reason: "plugin-not-found" });
    await host.registry.deploy("tax", one);
    const under = Array.from({ length: 20 }, () => price());
    await host.close();
    expect(await Promise.all(under)).toEqual(Array.from({ length: 20 }, () => 120));
  });
});

/** `burn` takes 2.7 million units, less than a millisecond; `repeat` calls it so many times. */
const burning = component(`(core module $M (func (export "burn") (local i32) (local.set 0 (i32.const 300000))
    (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
  (core instance $m (instantiate $M)) (func $burn (canon lift (core func $m "burn")))
  (instance $out (export "burn" (func $burn))) (export "t:burning/fire" (instance $out))`);
const kindling = component(`(import "t:burning/fire" (instance $fire (export "burn" (func))))
  (core func $burn (canon lower (func $fire "burn")))
  (core module $M (import "fire" "burn" (func $burn))
    (func (export "repeat") (param i32)
      (loop (call $burn) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
  (core instance $m (instantiate $M (with "fire" (instance (export "burn" (func $burn))))))
  (func (export "repeat") (param "times" u32) (canon lift (core func $m "repeat")))`);

describe("a caller that calls for long, and each time for little", () => {
  it("leaves turns to others, whoever's fuel it is", async () => {
    host = await createHost();
    await host.registry.deploy("burning", burning);
    await host.registry.deploy("kindling", kindling, {
      settings: { grants: { plugins: { "t:burning/fire": "burning" } } },
    });
    const repeat = (times: number) => host.registry.callJson("kindling", "repeat", [times]);
    // Known to be quick from here on.
    for (let i = 0; i < 20; i++) await repeat(1);
    let [turns, ended] = [0, false];
    const others = (async () => {
      for (; !ended; await setImmediate()) turns++;
    })();
    await repeat(1000);
    ended = true;
    await others;
    // All of it in one turn would be one.
    expect(turns).toBeGreaterThan(2);
  });
});

describe("callers of one callee", () => {
  it("wait in its queue as all do, and are refused where that is full: the callee and its other callers go on", async () => {
    await start(
      { placement: "process", limits: { queue: 5, time: 1000 } },
      { mode: "fresh", limits: { concurrency: 20 } },
    );
    const spinning = host.registry.callJson("checkout", "spin", []).catch(() => "ended");
    const outcomes = await Promise.all(
      Array.from({ length: 19 }, () => price().catch((error) => error.facts.extra?.reason)),
    );
    expect(outcomes).toContain("too-many-calls");
    expect(new Set(outcomes)).toEqual(new Set([120, "too-many-calls"]));
    await spinning;
    expect(await price()).toBe(120);
  }, 30_000);

  it("spend its fuel together, and none of one another's", async () => {
    await start({ limits: { fuel: 2_000_000, fuelPerSecond: 2_000_000 } }, {}, ["checkout", "greedy"]);
    for (let i = 0; i < 4; i++) await refusalOf(host.registry.callJson("greedy", "spin", []));
    const direct = await refusalOf(host.registry.callJson("tax", "rates/count", []));
    const linked = await refusalOf(host.registry.callJson("checkout", "count", []));
    expect([direct.code, linked.facts.extra?.reason]).toEqual(["fuel-rate", "fuel-rate"]);
    expect(await host.registry.callJson("checkout", "local", [])).toBe(1);
  });
});
