/** Setting `routes`: who has a route, and what becomes of claims that meet. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import type { SettingsChange } from "../../../host/registry/settings/settings-changes.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfEachTest } from "../../support/hosts.ts";

const { host, registry } = hostOfEachTest();
const opened: Host[] = [];
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

const shop = { path: "/shop/*" };
const routes = (...claimed: readonly object[]) => ({ settings: { routes: claimed as { path: string }[] } });
const at = (path: string, hostName = "", own: Host = host) => {
  const found = own.registry.routes.index.find(hostName, path, "GET");
  return found?.kind === "plugin" ? found.plugin : found?.kind;
};
const taken = (plugin: string) => ({ code: "route-taken", facts: { extra: { plugin } } });

it("leads to the plugin from the next request on, and no longer once it is gone", async () => {
  expect(registry.routes.index.empty).toBe(true);
  await registry.deploy("shop", sample(), routes(shop));
  expect(at("/shop/a")).toBe("shop");
  await registry.configure("shop", { routes: [{ path: "/store/*", host: "Shop.Example.COM." }] });
  expect([at("/shop/a"), at("/store/a", "shop.example.com")]).toEqual([undefined, "shop"]);
  expect(registry.details("shop").settings.routes).toEqual([{ path: "/store/*", host: "shop.example.com" }]);
  await registry.configure("shop", { routes: null });
  expect(registry.routes.index.empty).toBe(true);
  await registry.configure("shop", { routes: [shop] });
  await registry.remove("shop");
  expect(at("/shop/a")).toBeUndefined();
  await registry.deploy("other", sample(), routes(shop));
  expect(at("/shop/a")).toBe("other");
});

describe("a route that another plugin has", () => {
  it("is refused, naming both, by a dry run too; nothing changes", async () => {
    await registry.deploy("shop", sample(), routes(shop));
    await registry.deploy("blog", sample());
    for (const dryRun of [true, false]) {
      await expect(registry.configure("blog", { routes: [shop] }, { dryRun })).rejects.toMatchObject({
        ...taken("shop"),
        message: "The route /shop/* is the plugin shop's.",
        status: 409,
      });
      await expect(registry.deploy("new", sample(), { ...routes(shop), dryRun })).rejects.toMatchObject(
        taken("shop"),
      );
    }
    expect(registry.list().map(({ name }) => name)).toEqual(["blog", "shop"]);
    expect(registry.details("blog").settings.routes).toBeUndefined();
    expect(at("/shop/a")).toBe("shop");
  });

  it("is the same only where host and path are, and a method", async () => {
    await registry.deploy("shop", sample(), routes({ ...shop, methods: ["GET"] }));
    await registry.deploy("host", sample(), routes({ ...shop, host: "a.example" }));
    await registry.deploy("posts", sample(), routes({ ...shop, methods: ["POST"] }));
    await registry.deploy("rest", sample(), routes(shop));
    await registry.deploy("inside", sample(), routes({ path: "/shop/admin/*" }, { path: "/*" }));
    const head = registry.deploy("head", sample(), routes({ ...shop, methods: ["HEAD"] }));
    await expect(head).rejects.toMatchObject(taken("shop"));
    const more = registry.configure("posts", { routes: [{ ...shop, methods: ["POST", "GET"] }] });
    await expect(more).rejects.toMatchObject(taken("shop"));
  });

  it("goes to one of two that are deployed at the same time", async () => {
    const names = ["a", "b", "c", "d"];
    const outcomes = await Promise.allSettled(
      names.map((name) => registry.deploy(name, sample(), routes(shop))),
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(3);
    const [owner] = registry.list();
    expect(registry.list()).toHaveLength(1);
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toMatchObject(taken(owner!.name));
    expect(at("/shop/a")).toBe(owner!.name);
  });

  it("comes free where storing it fails", async () => {
    await registry.deploy("shop", sample());
    const stale = registry.configure("shop", { routes: [shop] }, { ifRevision: 7 });
    await expect(stale).rejects.toMatchObject({ code: "stale-revision" });
    await registry.deploy("blog", sample(), routes(shop));
    expect(at("/shop/a")).toBe("blog");
  });
});

describe("the host's own places", () => {
  it.each([
    "/plugins/*",
    "/call/*",
    "/http/other/*",
    "/healthz",
    "/console/*",
    "/mcp",
    "/openapi.json",
    "/docs/",
  ])("such as %s can't be claimed", async (path) => {
    const error = { code: "route-taken", message: `The host itself answers at ${path}.` };
    await expect(registry.deploy("shop", sample(), routes({ path }))).rejects.toMatchObject(error);
  });

  it("come free by a listener of the API's own only where the API is", async () => {
    const remedyAt = (path: string) =>
      registry.deploy("shop", sample(), routes({ path })).catch(({ facts }) => facts.remedy as string);
    const listener = expect.stringContaining("HOTCELL_ADMIN");
    expect(await remedyAt("/plugins/*")).toEqual(listener);
    for (const path of ["/call/*", "/http/other/*", "/healthz", "/readyz"])
      expect(await remedyAt(path)).toBe("Choose another path, or a host for the route.");
  });

  it("can be claimed under a host of one's own, or where the API is elsewhere", async () => {
    await registry.deploy("shop", sample(), routes({ path: "/plugins/*", host: "a.example" }));
    registry.routes.reserve({ paths: ["call"], names: ["b.example"] });
    await registry.deploy("blog", sample(), routes({ path: "/plugins/*" }));
    await expect(
      registry.deploy("news", sample(), routes({ path: "/", host: "b.example" })),
    ).rejects.toMatchObject({ code: "route-taken" });
  });

  it("are the host's again where it answers there again, and whoever had claimed them is told", async () => {
    registry.routes.reserve({ paths: [], names: [] });
    await registry.deploy("shop", sample(), routes({ path: "/plugins/*" }, shop));
    registry.routes.reserve({ paths: ["plugins"], names: [] });
    expect([at("/plugins/a"), at("/shop/a")]).toEqual([undefined, "shop"]);
    expect(registry.details("shop").lostRoutes).toEqual([{ route: { path: "/plugins/*" } }]);
    // Whoever uploads the next version is not kept from it.
    expect((await registry.deploy("shop", sample({ version: 2 }))).outcome).toBe("swapped");
  });
});

describe("claims that are stored", () => {
  it("hold after a restart", async () => {
    const data = await mkdtemp(join(tmpdir(), "hotcell-routes-"));
    try {
      const first = await createHost({ data, log: () => {} });
      await first.registry.deploy("shop", sample(), routes(shop));
      await first.close();
      const second = await createHost({ data, log: () => {} });
      expect(at("/shop/a", "", second)).toBe("shop");
      await expect(second.registry.deploy("blog", sample(), routes(shop))).rejects.toMatchObject(
        taken("shop"),
      );
      await second.close();
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it("are followed when another host has changed them; of two the later one loses, and is told", async () => {
    // Which tells them nothing: one host has not heard yet of what the other has.
    const store = { ...createMemoryStore(), watch: () => () => {} };
    for (let i = 0; i < 2; i++) opened.push(await createHost({ store, log: () => {} }));
    const [one, two] = opened as [Host, Host];
    await one.registry.deploy("shop", sample(), routes(shop));
    await two.registry.deploy("later", sample(), routes(shop));
    await one.registry.reconcile("later");
    await two.registry.reconcile("shop");
    for (const each of [one, two]) {
      expect(at("/shop/a", "", each)).toBe("shop");
      expect(each.registry.details("shop").lostRoutes).toBeUndefined();
      expect(each.registry.details("later").lostRoutes).toEqual([{ route: shop, to: "shop" }]);
    }
    await two.registry.remove("shop");
    expect(at("/shop/a", "", two)).toBe("later");
  });
});

it("takes the scope admin to claim, and configure to give up", async () => {
  const asked: SettingsChange[][] = [];
  const authorize = (changes: readonly SettingsChange[]) => void asked.push([...changes]);
  const other = { path: "/a", methods: ["GET", "POST"] };
  await registry.deploy("shop", sample(), { ...routes(shop, other), authorize });
  await registry.configure("shop", { routes: [{ path: "/a", methods: ["GET"] }] }, { authorize });
  await registry.configure("shop", { routes: [{ path: "/a" }] }, { authorize });
  await registry.configure("shop", { routes: null }, { authorize });
  expect(asked.map((changes) => changes.map(({ path, kind }) => `${path} ${kind}`))).toEqual([
    ["routes admin"],
    ["routes configure"],
    ["routes admin"],
    ["routes configure"],
  ]);
});

it.each([
  [[{}], "settings.routes.0.path"],
  [[{ path: "shop" }], "settings.routes.0.path"],
  [[{ path: "/shop*" }], "settings.routes.0.path"],
  [[{ path: "/*/shop" }], "settings.routes.0.path"],
  [[{ path: "/a//b" }], "settings.routes.0.path"],
  [[{ path: "/a/../b" }], "settings.routes.0.path"],
  [[{ path: "/a%20b" }], "settings.routes.0.path"],
  [[{ path: "/ä" }], "settings.routes.0.path"],
  [[{ path: `/${"a".repeat(256)}` }], "settings.routes.0.path"],
  [[{ path: "/", host: "localhost" }], "settings.routes.0.host"],
  [[{ path: "/", host: "shop.localhost" }], "settings.routes.0.host"],
  [[{ path: "/", host: "127.1" }], "settings.routes.0.host"],
  [[{ path: "/", host: "[::1]" }], "settings.routes.0.host"],
  [[{ path: "/", host: "shop.example.com:80" }], "settings.routes.0.host"],
  [[{ path: "/", host: "*.example.com" }], "settings.routes.0.host"],
  [[{ path: "/", methods: [] }], "settings.routes.0.methods"],
  [[{ path: "/", methods: ["get"] }], "settings.routes.0.methods.0"],
  [[{ path: "/", methods: ["CONNECT"] }], "settings.routes.0.methods.0"],
  [[{ path: "/", prefix: "/x" }], "settings.routes.0.prefix"],
  [[{ path: "/a" }, { path: "/b" }, { path: "/a" }], "settings.routes.2"],
  [Array.from({ length: 33 }, (_, i) => ({ path: `/${i}` })), "settings.routes"],
  ["/shop/*", "settings.routes"],
])("is refused as %j", async (claimed, subject) => {
  const deployed = registry.deploy("shop", sample(), { settings: { routes: claimed as { path: string }[] } });
  await expect(deployed).rejects.toMatchObject({ code: "bad-settings", facts: { subject } });
});
