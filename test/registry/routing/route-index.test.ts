/** Which plugin takes a request, held against a search of all routes by the order that docs/settings.md gives. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RouteIndex } from "../../../host/registry/routing/route-index.ts";
import { type PluginRoute, sameClaim, takes } from "../../../host/registry/routing/route-setting.ts";

const index = (...routes: readonly (PluginRoute & { readonly plugin: string })[]) =>
  new RouteIndex(routes.map(({ plugin, ...route }) => ({ plugin, route })));
const at = (found: ReturnType<RouteIndex["find"]>) => (found?.kind === "plugin" ? found.plugin : found?.kind);

describe("RouteIndex", () => {
  const routes = index(
    { plugin: "site", path: "/*" },
    { plugin: "shop", path: "/shop/*" },
    { plugin: "cart", path: "/shop/cart" },
    { plugin: "orders", path: "/shop/cart", methods: ["POST"] },
    { plugin: "own", path: "/*", host: "shop.example.com" },
    { plugin: "api", path: "/api/*", host: "shop.example.com", methods: ["GET", "PUT"] },
    { plugin: "lone", path: "/api/*", host: "lone.example.com", methods: ["GET"] },
  );
  const who = (target: string, method = "GET") => {
    const [, host = "", path = ""] = /^([^/]*)(.*)$/.exec(target)!;
    return at(routes.find(host, path, method));
  };

  it("takes the longest path, one path before all below it, and methods before none", () => {
    expect(
      ["/", "/shops", "/shop/", "/shop/a/b", "/shop/cart", "/shop/cart/"].map((path) => who(path)),
    ).toEqual(["site", "site", "shop", "shop", "cart", "shop"]);
    expect([who("/shop/cart", "POST"), who("/shop/cart", "HEAD"), who("/shop/cart", "OPTIONS")]).toEqual([
      "orders",
      "cart",
      "cart",
    ]);
  });

  it("has nothing at a host that a route names but such routes", () => {
    expect(who("shop.example.com/shop/cart")).toBe("own");
    expect(who("shop.example.com/api/x")).toBe("api");
    expect(who("shop.example.com/api/x", "POST")).toBe("own");
    expect(who("lone.example.com/shop/cart")).toBeUndefined();
    expect(who("other.example.com/shop/cart")).toBe("cart");
  });

  it("strips what is before the star", () => {
    const prefix = (path: string) => {
      const found = routes.find("", path, "GET");
      return found?.kind === "plugin" ? found.prefix : undefined;
    };
    expect(["/x", "/shop/x", "/shop/cart"].map(prefix)).toEqual(["", "/shop", ""]);
  });

  it("leads to the slash where there are pages below a path and none at it", () => {
    expect(who("/shop")).toBe("slash");
    expect(who("lone.example.com/api")).toBe("slash");
  });

  it("says which methods there are where a path takes none such, and leaves OPTIONS to the plugin", () => {
    expect(routes.find("lone.example.com", "/api/x", "POST")).toEqual({ kind: "methods", allow: ["GET"] });
    expect(who("lone.example.com/api/x", "OPTIONS")).toBe("lone");
    expect(who("lone.example.com/api/x", "HEAD")).toBe("lone");
  });

  it("finds what a search of all routes finds", () => {
    const segment = fc.constantFrom("a", "b", "ab");
    const base = fc.array(segment, { maxLength: 3 }).map((parts) => parts.map((part) => `/${part}`).join(""));
    const route = fc.record({
      path: fc.tuple(base, fc.constantFrom("", "/", "/*")).map(([path, end]) => path + end || "/"),
      host: fc.constantFrom(undefined, "one.example", "two.example"),
      methods: fc.constantFrom(undefined, ["GET"], ["POST"], ["OPTIONS", "PUT"]),
    });
    const held = fc
      .array(route, { maxLength: 12 })
      .map((all) =>
        all
          .filter((each, i) => !all.slice(0, i).some((before) => sameClaim(before, each)))
          .map((each, i) => ({ plugin: `p${i}`, route: each })),
      );
    const asked = fc.record({
      host: fc.constantFrom("one.example", "two.example", "three.example"),
      path: fc.tuple(base, fc.constantFrom("", "/", "/c")).map(([path, end]) => path + end || "/"),
      method: fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "DELETE"),
    });
    fc.assert(
      fc.property(held, asked, (all, { host, path, method }) => {
        const found = new RouteIndex(all).find(host, path, method);
        const named = all.some(({ route: { host: own } }) => own === host);
        const here = all.filter(({ route: { host: own } }) => own === (named ? host : undefined));
        const matching = here.filter(({ route: { path: own } }) =>
          own.endsWith("/*") ? path.startsWith(own.slice(0, -1)) : own === path,
        );
        const exact = ({ route: { path: own } }: (typeof all)[number]) => !own.endsWith("*");
        const order = [...matching].sort(
          (a, b) =>
            Number(exact(b)) - Number(exact(a)) ||
            b.route.path.length - a.route.path.length ||
            Number(b.route.methods !== undefined) - Number(a.route.methods !== undefined),
        );
        const best = order.find(({ route: own }) => takes(own, method));
        const below = here.some(({ route: { path: own } }) => own === `${path}/*`);
        if (best && exact(best)) expect(at(found)).toBe(best.plugin);
        else if (below) expect(found).toEqual({ kind: "slash" });
        else if (best) expect(at(found)).toBe(best.plugin);
        else if (order.length === 0) expect(found).toBeUndefined();
        else expect(found?.kind).toBe(method === "OPTIONS" ? "plugin" : "methods");
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds the route of a path that is far longer than a route can be", () => {
    const one = index({ plugin: "shop", path: "/shop/*" });
    const slashes = "/x".repeat(500_000);
    expect([at(one.find("", slashes, "GET")), at(one.find("", `/shop${slashes}`, "GET"))]).toEqual([
      undefined,
      "shop",
    ]);
  });
});
