/** Resources of an embedder's capability: its objects, as plugins in either placement have handles of them. */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CapabilityContext,
  createHost,
  type Host,
  type HostCapability,
  type SettingsInput,
} from "../../host/index.ts";
import { cartGuest, cartWit } from "../guests/cart-guest.ts";
import { allocator, main, options } from "../guests/component-text.ts";
import { component } from "../guests/small-plugins.ts";
import { until } from "../support/processes.ts";

const hosts: Host[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const host of hosts.splice(0)) await host.close();
});

/** Carts of a shop's, with what became of each. */
class Shop {
  readonly log: string[] = [];

  readonly functions = (context: CapabilityContext) => {
    const { log } = this;
    class Cart {
      readonly owner: string;
      readonly items: string[] = [];

      constructor(owner: string) {
        this.owner = owner;
        log.push(`${context.caller} opens ${owner}`);
      }

      static find(owner: string): Cart | undefined {
        return owner === "nobody" ? undefined : new Cart(owner);
      }

      add(item: string): number {
        if (this.owner === "thief") throw new Error("the till's code is 1234");
        return this.items.push(item);
      }

      async settle(): Promise<number> {
        await null;
        if (this.owner === "slow") await new Promise(() => {});
        return this.items.length * 100;
      }

      [Symbol.dispose](): void {
        log.push(`${this.owner} is closed`);
        if (this.owner === "stuck") throw new Error("the door is stuck");
      }
    }
    return {
      Cart,
      open: (count: number) => Array.from({ length: count }, (_, i) => new Cart(`cart ${i}`)),
      checkout: (cart: Cart) => {
        log.push(`${cart.owner} is paid`);
        return cart.items.length;
      },
      total: (one: Cart, other: Cart) => one.items.length + other.items.length,
    };
  };
}

async function shopHost(settings: SettingsInput): Promise<{ host: Host; log: string[] }> {
  const shop = new Shop();
  const own: HostCapability = { grant: "carts", wit: cartWit, functions: shop.functions };
  const host = await createHost({ log: () => {}, capabilities: { "acme:shop/carts": own } });
  hosts.push(host);
  await host.registry.deploy("merchant", cartGuest(), {
    settings: { grants: { carts: true }, ...settings },
  });
  return { host, log: shop.log };
}

const giftWit = `
package acme:gifts@1.0.0;

interface gifts {
  resource gift { constructor(); }
  wrap: func(gift: gift, label: string) -> u32;
}
`;

/** A guest that gives a new gift away, with so many bytes of a label at some place of its memory. */
function giftGuest(): Uint8Array {
  return component(`
  (import "acme:gifts/gifts@1.0.0" (instance $gifts
    (export "gift" (type $gift (sub resource)))
    (export "[constructor]gift" (func (result (own $gift))))
    (export "wrap" (func (param "gift" (own $gift)) (param "label" string) (result u32)))))
  ${allocator}
  (core func $make (canon lower (func $gifts "[constructor]gift")))
  (core func $wrap (canon lower (func $gifts "wrap") ${options()}))
  ${main(
    `(func (export "give") (param i32 i32) (result i32)
      (call $wrap (call $make) (local.get 0) (local.get 1)))`,
    `(import "env" "make" (func $make (result i32)))
    (import "env" "wrap" (func $wrap (param i32 i32 i32) (result i32)))`,
    '(export "make" (func $make)) (export "wrap" (func $wrap))',
  )}
  (func (export "give") (param "at" u32) (param "bytes" u32) (result u32) (canon lift (core func $main "give")))`);
}

const placements = ["inline", "process"] as const;

describe.each(placements)("resources of an embedder's, for a plugin %s", (placement) => {
  it("are made, called, waited for and closed as the plugin says, and counted", async () => {
    const { host, log } = await shopHost({ placement });
    expect(await host.registry.callJson("merchant", "fill", ["ada"], { caller: "bo" })).toBe(200);
    expect(log).toEqual(["bo opens ada", "ada is closed"]);
    expect(host.registry.details("merchant").counters.reach).toEqual({ carts: { calls: 4 } });
    expect(await host.registry.callJson("merchant", "find", ["nobody"])).toBe(0);
    expect(await host.registry.callJson("merchant", "find", ["cyd"])).toBe(1);
    expect(log.slice(2)).toEqual(["undefined opens cyd", "cyd is closed"]);
  });

  it("stay from call to call, and are the host's again where they are given back", async () => {
    const { host, log } = await shopHost({ placement });
    await host.registry.callJson("merchant", "keep", ["ada"]);
    expect(await host.registry.callJson("merchant", "total", [])).toBe(2);
    expect(await host.registry.callJson("merchant", "pay", [])).toBe(1);
    await expect(host.registry.callJson("merchant", "total", [])).rejects.toMatchObject({
      code: "trap",
      message: expect.stringContaining("unknown handle index"),
    });
    // Whoever was given it back closes it, or keeps it.
    expect(log).toEqual(["undefined opens ada", "ada is paid"]);
  });

  it("are closed with the cell that has them", async () => {
    const { host, log } = await shopHost({ placement, mode: "fresh" });
    await host.registry.callJson("merchant", "keep", ["ada"]);
    await host.registry.callJson("merchant", "open", [2]);
    const closed = () => log.filter((line) => line.endsWith("is closed")).sort();
    await until(() => closed().length === 3);
    expect(closed()).toEqual(["ada is closed", "cart 0 is closed", "cart 1 is closed"]);
  });

  it("are closed with the plugin, and after a call that failed", async () => {
    const { host, log } = await shopHost({ placement, limits: { time: 1_500 } });
    await host.registry.callJson("merchant", "keep", ["ada"]);
    await expect(host.registry.callJson("merchant", "fill", ["slow"])).rejects.toMatchObject({
      code: "timeout",
    });
    await until(() => log.includes("slow is closed"));
    expect(log).toContain("ada is closed");
    await host.registry.callJson("merchant", "keep", ["bo"]);
    await host.registry.remove("merchant");
    await until(() => log.includes("bo is closed"));
    const closed = log.filter((line) => line.endsWith("is closed"));
    expect(closed).toHaveLength(new Set(closed).size);
  });

  it("are closed where they are given to a call that is one too many", async () => {
    const shop = new Shop();
    const functions = (context: CapabilityContext) => ({
      ...shop.functions(context),
      checkout: async () => new Promise<number>(() => {}),
    });
    const own: HostCapability = { grant: "carts", wit: cartWit, concurrency: 1, functions };
    const host = await createHost({ log: () => {}, capabilities: { "acme:shop/carts": own } });
    hosts.push(host);
    const settings: SettingsInput = { placement, grants: { carts: true }, limits: { time: 3_000 } };
    await host.registry.deploy("merchant", cartGuest(), { settings });
    const paid = async (owner: string) => {
      await host.registry.callJson("merchant", "keep", [owner]);
      return await host.registry.callJson("merchant", "pay", []);
    };
    await expect(paid("ada")).rejects.toMatchObject({ code: "timeout" });
    await expect(paid("bo")).rejects.toMatchObject({ code: "no-capacity" });
    // What the first was given is the host's to close.
    await until(() => shop.log.includes("bo is closed"));
    expect(shop.log.filter((line) => line.endsWith("is closed"))).toEqual(["bo is closed"]);
  });

  it("are closed where they are given to a call that is not paid for, or whose other arguments are none", async () => {
    const log: string[] = [];
    const own: HostCapability = {
      grant: "gifts",
      wit: giftWit,
      price: { wrap: { byte: 1_000_000 } },
      functions: () => ({
        Gift: class {
          [Symbol.dispose](): void {
            log.push("closed");
          }
        },
        wrap: () => log.push("wrapped"),
      }),
    };
    const host = await createHost({ log: () => {}, capabilities: { "acme:gifts/gifts": own } });
    hosts.push(host);
    const settings: SettingsInput = { placement, grants: { gifts: true }, limits: { fuel: 30_000_000 } };
    await host.registry.deploy("giver", giftGuest(), { settings });
    const give = (...where: number[]) => host.registry.callJson("giver", "give", where);
    expect(await give(0, 1)).toBe(1);
    await expect(give(0, 1_000)).rejects.toMatchObject({ code: "out-of-fuel" });
    await until(() => log.length === 2);
    await expect(give(100_000_000, 1)).rejects.toMatchObject({ code: "trap" });
    await until(() => log.length === 3);
    expect(log).toEqual(["wrapped", "closed", "closed"]);
  });

  it("end the call where a method or their end fails, which the host's log tells", async () => {
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const { host } = await shopHost({ placement });
    const failed = async (owner: string, subject: string) => {
      const error = await host.registry.callJson("merchant", "fill", [owner]).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "host-function-failed", facts: { subject } });
      expect(JSON.stringify(error.toProblem())).not.toContain("1234");
    };
    await failed("thief", "acme:shop/carts#[method]cart.add");
    expect(told.mock.calls.flat().join("\n")).toContain("the till's code is 1234");
    if (placement === "inline") await failed("stuck", "acme:shop/carts#[resource-drop]cart");
    else await host.registry.callJson("merchant", "fill", ["stuck"]);
    await until(() => told.mock.calls.flat().join("\n").includes("the door is stuck"));
  });

  it("are bounded, and closed where there are too many", async () => {
    const { host, log } = await shopHost({ placement, limits: { fuel: 10_000_000_000, time: 20_000 } });
    await expect(host.registry.callJson("merchant", "open", [10_001])).rejects.toMatchObject({
      code: "trap",
      facts: { subject: "host objects", limit: 10_000 },
    });
    const closed = () => log.filter((line) => line.endsWith("is closed")).length;
    await until(() => closed() === 10_001);
    expect(await host.registry.callJson("merchant", "open", [10_000])).toBe(10_000);
  });

  it("end with the fuel of a guest that makes and drops them for ever", async () => {
    const { host, log } = await shopHost({ placement, limits: { fuel: 30_000_000 } });
    await expect(host.registry.callJson("merchant", "forever", [])).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    const opened = () => log.filter((line) => line.includes("opens")).length;
    await until(() => log.length === 2 * opened());
  });
});
