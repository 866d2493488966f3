/** Functions that are in the host while the cell is in a process, against the same functions beside the cell. */
import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import type { Capability } from "../../host/capabilities/capability.ts";
import { CapabilityTable } from "../../host/capabilities/capability-table.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { capabilities } from "../../host/capabilities/table.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { CallOrigin } from "../../host/engine/call-context.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { ComponentError, HotcellError } from "../../host/errors.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { Placement } from "../../host/placement/placement.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { shopGuest, shopWit } from "../guests/shop-guest.ts";
import { bindAll, closeAll, place } from "../support/placed-guest.ts";

const opened: Placement[] = [];
afterEach(() => {
  closeAll();
  for (const placement of opened.splice(0)) placement.close();
});

const shop = inspectComponent(shopGuest());

type Price = (item: string, call: CallOrigin | undefined) => unknown;

/** Capability whose function that is. */
function shopDb(price: Price, isAsync: boolean): Capability {
  return {
    name: "shop-db",
    grant: { allows: "reading the shop's prices", settings: v.looseObject({}), within: () => true },
    offers: [{ name: "acme:shop/db", supports: () => true, versions: "any", free: false }],
    wit: { "acme:shop": shopWit },
    beside: true,
    prices: { "acme:shop/db": { price: { call: 1_000, byte: 2 } } },
    bind: () => ({
      supply: (cell) => {
        const answer = (item: string) => price(item, cell.call);
        return {
          interfaces: { "acme:shop/db": { price: isAsync ? async (item: string) => answer(item) : answer } },
        };
      },
    }),
  };
}

const limits = { ...defaultLimits, time: 60_000 };

function linked(price: Price, isAsync: boolean) {
  const table = new CapabilityTable([...capabilities, shopDb(price, isAsync)]);
  return linkImports(shop.world, parseGrants({ "shop-db": { key: { secret: "hush" } } }, table));
}

const placements = {
  async inline(price: Price, isAsync: boolean, more: Partial<typeof limits> = {}) {
    const placement = await placeInline({
      compiled: await createDirectEngine().compile(shop, defaultLimits),
      supply: linked(price, isAsync).supply(),
      recipient: { plugin: "guest", log: () => {} },
      mode: "shared",
      limits: { ...limits, ...more },
    });
    opened.push(placement);
    return bindAll(placement, shop);
  },
  async process(price: Price, isAsync: boolean, more: Partial<typeof limits> = {}) {
    const placement = await place({
      component: shop,
      linked: linked(price, isAsync),
      limits: { ...limits, ...more },
    });
    return bindAll(placement, shop);
  },
};

describe.each(Object.entries(placements))("a function of the host's, its guest placed %s", (_, placed) => {
  describe.each([
    ["sync", false],
    ["async", true],
  ] as const)("%s", (_kind, isAsync) => {
    it("takes values and gives them, and errors that its type has", async () => {
      const call = await placed((item) => {
        if (item === "gold") throw new ComponentError("not for sale");
        return [...item].length;
      }, isAsync);
      expect(await call("price", ["grün 💡"])).toBe(6);
      await expect(Promise.try(call, "price", ["gold"])).rejects.toMatchObject({ payload: "not for sale" });
      expect(await call("price", [""])).toBe(0);
    });

    it("knows the call that it is made in, and no call after it", async () => {
      const told: (CallOrigin | undefined)[] = [];
      const call = await placed((_item, origin) => told.push(origin && { ...origin }), isAsync);
      const trace = {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        tracestate: "a=b",
      };
      const deadline = performance.now() + 600_000;
      await call("price", ["a"], { fuel: 0, caller: "ada", deadline, trace });
      await call("price", ["b"]);
      await call("price", ["c"], { fuel: 0, caller: "bo" });
      expect(told[0]).toMatchObject({ caller: "ada", deadline, trace });
      expect(told[1]?.caller).toBeUndefined();
      expect(told[2]).toMatchObject({ caller: "bo" });
      expect(told[2]?.trace).toBeUndefined();
    });

    it("faults for a value of another type, naming the function", async () => {
      const call = await placed(() => "seven", isAsync);
      await expect(Promise.try(call, "price", ["a"])).rejects.toMatchObject({
        code: "fault",
        message: expect.stringContaining("acme:shop/db@1.0.0#price returned a wrong value"),
      });
    });

    it("passes on an error of the catalogue", async () => {
      const call = await placed(() => {
        throw new HotcellError("no-capacity", "The shop is full.", { remedy: "Come again." });
      }, isAsync);
      await expect(Promise.try(call, "price", ["a"])).rejects.toMatchObject({
        code: "no-capacity",
        message: "The shop is full.",
      });
    });

    it("is paid for by a guest that calls it for ever", async () => {
      const call = await placed(() => 1, isAsync, { fuel: 20_000_000 });
      await expect(Promise.try(call, "forever", [])).rejects.toMatchObject({ code: "out-of-fuel" });
      expect(await call("price", ["a"])).toBe(1);
    });

    it("is paid for by the bytes that it is given", async () => {
      const call = await placed(() => 1, isAsync);
      const [few, many] = [{ fuel: 0 }, { fuel: 0 }];
      await call("price", ["a".repeat(1_000)], few);
      await call("price", ["a".repeat(11_000)], many);
      expect(many.fuel - few.fuel).toBeGreaterThan(20_000);
    });
  });

  it("may take its time, until the call's is over", async () => {
    const call = await placed(() => new Promise(() => {}), true, { time: 200 });
    await expect(call("price", ["a"])).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("a process whose guest calls functions of the host's", () => {
  it("is charged for the time that they hold the host's thread for", async () => {
    const call = await placements.process(() => {
      for (const end = performance.now() + 20; performance.now() < end; );
      return 1;
    }, false);
    const context = { fuel: 0 };
    await call("price", ["a"], context);
    expect(context.fuel).toBeGreaterThan(10 * 8_000_000);
    await expect(call("forever", [])).rejects.toMatchObject({ code: "out-of-fuel" });
  });

  it("is not told the settings of their capability", async () => {
    const { grantedThere } = linked(() => 1, false);
    expect(grantedThere).toEqual({});
  });

  it("refuses what is too large to cross, naming the function", async () => {
    const call = await placements.process(() => 1, false);
    await expect(call("price", ["x".repeat(2 ** 20)])).rejects.toMatchObject({
      code: "trap",
      facts: { subject: "acme:shop/db@1.0.0#price" },
    });
    expect(await call("price", ["a"])).toBe(1);
  });
});
