/** Capabilities of an embedder's own, from `createHost` to what a plugin gets. */
import * as v from "valibot";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CapabilityContext,
  ComponentError,
  capability,
  createHost,
  type Host,
  type HostCapability,
  type HostOptions,
  type SettingsInput,
} from "../../host/index.ts";
import { shopGuest, shopWit } from "../guests/shop-guest.ts";
import { component } from "../guests/small-plugins.ts";
import { until } from "../support/processes.ts";

const hosts: Host[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const host of hosts.splice(0)) await host.close();
});

async function hostOf(own: Partial<HostCapability>, options: HostOptions = {}): Promise<Host> {
  const capabilities = {
    "acme:shop/db": { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }), ...own },
  };
  const host = await createHost({ log: () => {}, capabilities, ...options });
  hosts.push(host);
  return host;
}

const granted = { grants: { "shop-db": true } };

/** Every way that a cell of it may be run. */
const ways: readonly SettingsInput[] = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ ...granted, placement, mode })),
);

/** A function with what it answers, as it is and as one that keeps its caller waiting. */
const kinds = {
  sync: (answer: (context: CapabilityContext, item: string) => unknown) => (context: CapabilityContext) => ({
    price: (item: string) => answer(context, item),
  }),
  async: (answer: (context: CapabilityContext, item: string) => unknown) => (context: CapabilityContext) => ({
    price: async (item: string) => {
      await null;
      return answer(context, item);
    },
  }),
};

describe.each(Object.entries(kinds))("an embedder's %s function", (_, made) => {
  describe.each(ways)("for a plugin $placement, $mode", (settings) => {
    it("answers by its type, knows its call, and is counted", async () => {
      const contexts: CapabilityContext[] = [];
      const functions = made((context, item) => {
        contexts.push(context);
        if (item === "gold") throw new ComponentError("not for sale");
        return item.length;
      });
      const { registry } = await hostOf({ functions });
      await registry.deploy("merchant", shopGuest(), { settings });
      const deadline = performance.now() + 600_000;
      const trace = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
      const ada = { caller: "ada", deadline, trace };
      expect(await registry.callJson("merchant", "price", ["tea"], ada)).toBe(3);
      expect(await registry.callJson("merchant", "price", ["coffee"])).toBe(6);
      await expect(registry.callJson("merchant", "price", ["gold"], { caller: "bo" })).rejects.toMatchObject({
        payload: "not for sale",
      });
      const [first, second, third] = contexts;
      expect(first).toMatchObject({ plugin: "merchant", ...ada, settings: {} });
      expect(second).toMatchObject({ plugin: "merchant", caller: undefined, deadline: undefined });
      expect(third).toMatchObject({ caller: "bo", trace: undefined });
      expect(registry.details("merchant").counters.reach).toEqual({ "shop-db": { calls: 3 } });
    });

    it("fails the call where it throws anything else, and says why in the host's log alone", async () => {
      const told = vi.spyOn(console, "error").mockImplementation(() => {});
      const functions = made(() => {
        throw new Error("the database's password is hush");
      });
      const { registry } = await hostOf({ functions });
      await registry.deploy("merchant", shopGuest(), { settings });
      const error = await registry.callJson("merchant", "price", ["tea"]).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "host-function-failed", status: 500 });
      expect(error.toProblem().detail).toContain("acme:shop/db#price");
      expect(JSON.stringify(error.toProblem())).not.toContain("hush");
      expect(told.mock.calls.flat().join("\n")).toContain("the database's password is hush");
      expect(registry.details("merchant").counters.reach).toEqual({ "shop-db": { calls: 1, failed: 1 } });
    });

    it("faults for a value of another type, naming the function", async () => {
      const { registry } = await hostOf({ functions: made(() => "seven") });
      await registry.deploy("merchant", shopGuest(), { settings });
      await expect(registry.callJson("merchant", "price", ["tea"])).rejects.toMatchObject({
        code: "fault",
        message: expect.stringContaining("acme:shop/db@1.0.0#price"),
      });
    });

    it("ends with the fuel of a guest that calls it for ever", async () => {
      const { registry } = await hostOf({ functions: made(() => 1) });
      await registry.deploy("merchant", shopGuest(), {
        settings: { ...settings, limits: { fuel: 30_000_000 } },
      });
      await expect(registry.callJson("merchant", "forever")).rejects.toMatchObject({ code: "out-of-fuel" });
      expect(await registry.callJson("merchant", "price", ["tea"])).toBe(1);
    });

    it("is refused to a plugin without the grant", async () => {
      const { registry } = await hostOf({ functions: made(() => 1), allows: "reading the shop's prices" });
      await expect(
        registry.deploy("merchant", shopGuest(), { settings: { ...settings, grants: {} } }),
      ).rejects.toMatchObject({
        code: "import-not-granted",
        message: expect.stringContaining("it allows reading the shop's prices"),
        facts: { extra: { grants: ["shop-db"] } },
      });
    });
  });
});

describe.each(ways)("an async function that never settles, for a plugin $placement, $mode", (settings) => {
  it("meets the call's time, hears of it, and keeps later calls from nothing", async () => {
    const ended = Promise.withResolvers<void>();
    const functions = ({ signal }: CapabilityContext) => ({
      price: async (item: string) => {
        if (item !== "slow") return 1;
        signal.addEventListener("abort", () => ended.resolve());
        return new Promise<number>(() => {});
      },
    });
    const { registry } = await hostOf({ functions, concurrency: 1 });
    const limits = { time: 1_500 };
    await registry.deploy("merchant", shopGuest(), { settings: { ...settings, limits } });
    await expect(registry.callJson("merchant", "price", ["slow"])).rejects.toMatchObject({ code: "timeout" });
    await ended.promise;
    // What is left under way counts until it settles, whoever waits for it.
    await expect(registry.callJson("merchant", "price", ["tea"])).rejects.toMatchObject({
      code: "no-capacity",
      message: "merchant has 1 calls of acme:shop/db under way that have not ended.",
    });
  });
});

it.each(ways.filter(({ mode }) => mode === "fresh"))(
  "the signal of a call that has ended is aborted, in mode $mode, for a plugin $placement",
  async (settings) => {
    const signals: AbortSignal[] = [];
    const functions = ({ signal }: CapabilityContext) => ({ price: () => signals.push(signal) });
    const { registry } = await hostOf({ functions });
    await registry.deploy("merchant", shopGuest(), { settings });
    for (let calls = 1; calls <= 2; calls++) {
      expect(await registry.callJson("merchant", "price", ["tea"])).toBe(calls);
      await until(() => signals.every(({ aborted }) => aborted));
    }
    expect(signals).toHaveLength(2);
  },
);

it("an async function that never answers holds no more calls at once than it may, and no other plugin", async () => {
  const functions = () => ({ price: async () => new Promise<number>(() => {}) });
  const { registry } = await hostOf({ functions, concurrency: 8 });
  const plugins = ["merchant", "other"];
  const refused: string[][] = [];
  for (const plugin of plugins) {
    // Long enough for a crowded machine to begin all calls: what is not refused waits until the host closes.
    const settings = { ...granted, mode: "fresh", limits: { time: 60_000 } } as const;
    await registry.deploy(plugin, shopGuest(), { settings });
  }
  for (const plugin of plugins) {
    const codes: string[] = [];
    for (let i = 0; i < 20; i++)
      registry.callJson(plugin, "price", ["tea"]).catch(({ code }: { code: string }) => codes.push(code));
    refused.push(codes);
  }
  await until(() => refused.every((codes) => codes.length >= 12));
  expect(refused).toEqual(plugins.map(() => Array(12).fill("no-capacity")));
  for (const plugin of plugins) expect(registry.details(plugin).counters.inFlight).toBe(8);
});

describe("settings of a grant of an embedder's", () => {
  const schema = v.strictObject({ currency: v.picklist(["eur", "usd"]), key: v.optional(v.string()) });
  const functions = ({ settings }: CapabilityContext<v.InferOutput<typeof schema>>) => ({
    price: (item: string) => (settings.currency === "eur" ? item.length : 100 * item.length),
  });

  it("are parsed by the embedder's schema, with their secrets as texts, and shown without", async () => {
    const seen: unknown[] = [];
    const own = capability({
      grant: "shop-db",
      wit: shopWit,
      settings: schema,
      functions: (context) => {
        seen.push(context.settings.key);
        return functions(context);
      },
    });
    const { registry } = await hostOf(own);
    const grants = { "shop-db": { currency: "eur", key: { secret: "marked-s3cret" } } };
    await registry.deploy("merchant", shopGuest(), { settings: { grants } });
    expect(await registry.callJson("merchant", "price", ["tea"])).toBe(3);
    expect(seen).toContain("marked-s3cret");
    expect(JSON.stringify(registry.details("merchant"))).not.toContain("marked-s3cret");
    await registry.configure(
      "merchant",
      { grants: { "shop-db": { currency: "usd" } } },
      { allowStateLoss: true },
    );
    expect(await registry.callJson("merchant", "price", ["tea"])).toBe(300);
  });

  it.each([
    [true, "grants.shop-db.currency"],
    [{ currency: "gold" }, "grants.shop-db.currency"],
    [{ currency: "eur", colour: "red" }, "grants.shop-db.colour"],
    ["eur", "grants.shop-db"],
  ])("are refused where they don't fit: %j", async (asked, subject) => {
    const { registry } = await hostOf({ settings: schema, functions });
    const deploying = registry.deploy("merchant", shopGuest(), {
      settings: { grants: { "shop-db": asked } },
    });
    await expect(deploying).rejects.toMatchObject({ code: "bad-settings", facts: { subject } });
  });

  it("are none where there is no schema", async () => {
    const { registry } = await hostOf({});
    const settings = { grants: { "shop-db": { currency: "eur" } } };
    await expect(registry.deploy("merchant", shopGuest(), { settings })).rejects.toMatchObject({
      facts: { subject: "grants.shop-db.currency" },
    });
  });
});

describe("what createHost takes for a capability", () => {
  const fine = { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }) };

  it.each([
    ["acme:shop", fine, 'capabilities["acme:shop"]'],
    ["acme:shop/db@1.0.0", fine, 'capabilities["acme:shop/db@1.0.0"]'],
    ["acme:shop/db", { ...fine, grant: "clocks" }, 'capabilities["acme:shop/db"].grant'],
    ["acme:shop/db", { ...fine, grant: "Shop DB" }, "grant"],
    [
      "acme:shop/db",
      { ...fine, wit: "package acme:shop@1.0.0; interface" },
      'capabilities["acme:shop/db"].wit',
    ],
    ["acme:shop/cart", fine, 'capabilities["acme:shop/cart"].wit'],
    ["wasi:clocks/wall-clock", fine, 'capabilities["wasi:clocks/wall-clock"]'],
    ["acme:shop/db", { ...fine, functions: {} }, "functions"],
    ["acme:shop/db", { ...fine, settings: {} }, "settings"],
    ["acme:shop/db", { ...fine, price: { call: -1 } }, "call"],
    ["acme:shop/db", { ...fine, price: { prize: { call: 1 } } }, "prize"],
    ["acme:shop/db", { ...fine, grants: "shop-db" }, "grants"],
    ["acme:shop/db", { grant: "shop-db", wit: shopWit }, "functions"],
  ])("refuses %s as %j", async (name, own, subject) => {
    const error = await createHost({ capabilities: { [name]: own as HostCapability } }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "bad-settings", facts: { subject, remedy: expect.any(String) } });
  });

  it("refuses two of one grant, and two texts of one package", async () => {
    const two = (other: Partial<HostCapability>) =>
      createHost({ capabilities: { "acme:shop/db": fine, "acme:cart/db": { ...fine, ...other } } });
    await expect(two({ wit: shopWit.replace("acme:shop", "acme:cart") })).rejects.toMatchObject({
      message: "There is a capability shop-db already.",
    });
  });

  it("fails a deployment, and nothing else, where functions are missing or can't be made", async () => {
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const { registry } = await hostOf({ functions: () => ({ prize: () => 1 }) });
    await expect(registry.deploy("merchant", shopGuest(), { settings: granted })).rejects.toMatchObject({
      code: "host-function-failed",
    });
    expect(told.mock.calls.flat().join("\n")).toContain(
      'capabilities["acme:shop/db"].functions().price is missing; it has prize',
    );
  });
});

describe("the WIT of a capability", () => {
  const capabilityOf = (wit: string | Uint8Array) => hostOf({ wit });

  it("may have comments and gates, and is told by line and column where it can't be read", async () => {
    await capabilityOf(`
package acme:shop@1.0.0;
/* The shop. */
@since(version = 1.0.0)
interface db {
  @since(version = 1.0.0) @deprecated(version = 2.0.0)
  price: func(item: string) -> result<u32, string>;
}`);
    const wrong = shopWit.replace("-> result<u32, string>", "-> result<u32, strng>");
    await expect(capabilityOf(wrong)).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining(
        'The WIT of acme:shop can\'t be read: Expected a type at line 6, column 44, found "strng".',
      ),
    });
  });

  it("may be compiled, and is told to authors as text", async () => {
    const { registry } = await capabilityOf(
      component(`
      (type (component
        (type (instance
          (type (result u32 (error string)))
          (type (func (param "item" string) (result 0)))
          (export "price" (func (type 1)))))
        (export "acme:shop/db@1.0.0" (instance (type 0)))))
      (export "db" (type 0))
      (type (component
        (type (component (type (instance)) (import "acme:shop/db@1.0.0" (instance (type 0)))))
        (export "acme:shop/merchant@1.0.0" (component (type 0)))))
      (export "merchant" (type 2))`),
    );
    await registry.deploy("merchant", shopGuest(), { settings: granted });
    expect(await registry.callJson("merchant", "price", ["tea"])).toBe(1);
    expect(registry.offered().find(({ name }) => name === "acme:shop")).toMatchObject({
      version: "1.0.0",
      interfaces: [{ name: "db", grant: "shop-db" }],
      wit: `package acme:shop@1.0.0;

interface db {
  price: func(item: string) -> result<u32, string>;
}
`,
    });
  });

  it.each([
    ["a plugin", shopGuest(), "it is no WIT package"],
    ["a core module", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), "core WebAssembly module"],
    ["text as bytes", new TextEncoder().encode(shopWit), "This is not WebAssembly"],
    ["nothing", new Uint8Array(0), "it is empty"],
  ])("is no %s", async (_, wit, message) => {
    await expect(capabilityOf(wit)).rejects.toMatchObject({
      code: "bad-settings",
      message: expect.stringContaining(message),
      facts: {
        subject: 'capabilities["acme:shop/db"].wit',
        remedy: expect.stringContaining("wasm-tools component wit"),
      },
    });
  });
});

it("says of functions that are given late that they have to be there at once", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => {});
  const late = async () => Promise.reject(new Error("the database is not there"));
  const { registry } = await hostOf({ functions: late as never });
  await expect(registry.deploy("merchant", shopGuest(), { settings: granted })).rejects.toMatchObject({
    code: "host-function-failed",
  });
  expect(told.mock.calls.flat().join("\n")).toContain("has to give the functions at once");
});

it("serves a plugin that was built against a compatible version, and no other", async () => {
  const { registry } = await hostOf({});
  await registry.deploy("merchant", shopGuest("@1.4.0"), { settings: granted });
  const error = await registry
    .deploy("other", shopGuest("@2.0.0"), { settings: granted })
    .catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: "unknown-import",
    message: expect.stringContaining("offers it as 1.0.0"),
  });
});
