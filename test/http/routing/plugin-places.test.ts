import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PluginPlaces } from "../../../host/http/routing/plugin-places.ts";
import { apiPaths } from "../../../host/registry/routing/own-places.ts";
import type { PluginRoute } from "../../../host/registry/routing/route-setting.ts";
import { RouteTable } from "../../../host/registry/routing/route-table.ts";
import { thrownBy } from "../../support/thrown.ts";

function places(routes: Readonly<Record<string, readonly PluginRoute[]>>, loopback = false): PluginPlaces {
  const table = new RouteTable();
  for (const [plugin, claimed] of Object.entries(routes)) table.store(plugin, claimed, "2026-11-29");
  return new PluginPlaces(table, loopback);
}

const shop = [{ path: "/shop/*" }, { path: "/a/b/*" }, { path: "/about" }];
/** The plugin, and the target as it sees it. */
function seen(at: PluginPlaces, target: string, host = "example.com", method = "GET"): string | undefined {
  const found = at.find(host, target, method);
  if (found === undefined) return undefined;
  if ("location" in found) return `→ ${found.location}`;
  return `${found.plugin} ${found.prefix} ${found.target.slice(found.prefixLength)}`;
}

describe("targets", () => {
  const at = places({ shop });
  it.each([
    ["/shop/", "shop /shop /"],
    ["/shop/a?b=/c", "shop /shop /a?b=/c"],
    ["/shop/%61%2fb", "shop /shop /%61%2fb"],
    ["/%73hop/a", "shop /shop /a"],
    ["/a/%62/c%20d", "shop /a/b /c%20d"],
    ["/about?x", "shop  /about?x"],
    ["http://example.com/shop/a?b", "shop /shop /a?b"],
    ["/x/../shop/a/./b?c=/../d", "shop /shop /a/b?c=/../d"],
    ["/shop/%2e%2E/about", "shop  /about"],
    ["/shop/../../plugins", undefined],
    ["/shop/..", undefined],
    ["/shop", "→ /shop/"],
    ["/a/b?c=/d", "→ /a/b/?c=/d"],
    ["/shopping", undefined],
    ["/SHOP/a", undefined],
    ["/shop%2fa", undefined],
    ["//shop/a", undefined],
    ["*", undefined],
    ["/", undefined],
    ["ftp://example.com/shop/a", undefined],
  ])("%s is %s", (target, expected) => {
    expect(seen(at, target)).toBe(expected);
  });
});

describe("any target", () => {
  const piece = fc.constantFrom(
    "shop",
    "a",
    "b",
    "%61",
    "%2e",
    ".",
    "..",
    "%2E%2e",
    "%2f",
    "%73hop",
    "c%20d",
    "",
    "*",
    "~",
  );
  const target = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 7 }), fc.constantFrom("", "/", "?x=/../y", "/?", "?"))
    .map(([pieces, end]) => `/${pieces.join("/")}${end}`);

  it("is found by the path that URLs have, and what is left is the rest of that path", () => {
    const at = places({ shop: [{ path: "/shop/*" }, { path: "/a/b/*" }, { path: "/*" }] });
    // What has one letter for two spellings has one here.
    const plain = (path: string) =>
      path.replace(/%[0-9a-f]{2}/gi, (code) => {
        const letter = decodeURIComponent(code);
        return /[\w.~-]/.test(letter) ? letter : code.toLowerCase();
      });
    fc.assert(
      fc.property(target, (asked) => {
        fc.pre(!asked.startsWith("//"));
        const found = at.find("example.com", asked, "GET");
        const { pathname, search } = new URL(`http://example.com${asked}`);
        const path = plain(pathname);
        if (path === "/shop" || path === "/a/b") {
          expect(found).toHaveProperty("location");
          return;
        }
        const [prefix] = ["/shop/", "/a/b/"].filter((each) => path.startsWith(each));
        if (found === undefined || "location" in found) throw new Error(`none for ${asked}`);
        expect(`${found.prefix}/`).toBe(prefix ?? "/");
        const rest = new URL(`http://example.com${found.target.slice(found.prefixLength)}`);
        expect(plain(rest.pathname) + rest.search).toBe(path.slice(found.prefix.length) + search);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("names", () => {
  it("of a route leads to the plugins there, whatever the port, and to nothing else", async () => {
    const at = places({ shop, own: [{ path: "/api/*", host: "own.example" }] });
    for (const host of ["own.example", "OWN.example:8080", "own.example."])
      expect(seen(at, "/api/x", host)).toBe("own /api /x");
    expect(await thrownBy(() => at.find("own.example", "/plugins", "GET"))).toMatchObject({
      code: "route-not-found",
      message: "Nothing is at /plugins of own.example.",
    });
    expect(await thrownBy(() => at.find("own.example", "/shop/a", "GET"))).toMatchObject({
      code: "route-not-found",
    });
    expect(seen(at, "/api/x", "example.com")).toBeUndefined();
  });

  it("are a plugin's own origin where no other has a route there", () => {
    const at = places({
      shop: [...shop, { path: "/*", host: "shop.example" }, { path: "/a/*", host: "both.example" }],
      blog: [{ path: "/b/*", host: "both.example" }],
    });
    const own = (host: string, target: string) => {
      const found = at.find(host, target, "GET");
      return found && "own" in found && [found.own, found.named];
    };
    expect(own("shop.example", "/")).toEqual([true, true]);
    expect(own("both.example", "/a/")).toEqual([false, true]);
    expect(own("example.com", "/shop/")).toEqual([false, false]);
  });

  it("below localhost are the plugins' where nobody else reaches the host", () => {
    const at = places({}, true);
    expect(seen(at, "/any/path?x", "greet.localhost:8787")).toBe("greet  /any/path?x");
    expect(seen(at, "/", "a-b1.LOCALHOST")).toBe("a-b1  /");
    for (const host of [
      "localhost",
      "a.b.localhost",
      "-a.localhost",
      "a-.localhost",
      "xn--a.localhost",
      "127.0.0.1",
    ])
      expect(seen(at, "/", host)).toBeUndefined();
    expect(seen(places({}), "/", "greet.localhost")).toBeUndefined();
    expect(seen(places({ shop }), "/", "greet.localhost")).toBeUndefined();
  });
});

it("leaves the host's own paths to it, however they are written", () => {
  const at = places({ site: [{ path: "/*" }] });
  for (const path of apiPaths) {
    expect(seen(at, `/${path}`)).toBeUndefined();
    expect(seen(at, `/${path}/x?y`)).toBeUndefined();
  }
  expect(seen(at, "/%63all/greet/greet")).toBeUndefined();
  expect(seen(at, "/x/../plugins")).toBeUndefined();
  expect(seen(at, "/plugins.html")).toBe("site  /plugins.html");
});

it("tells the methods of a path that takes others", async () => {
  const at = places({ shop: [{ path: "/shop/*", methods: ["GET"] }] });
  expect(await thrownBy(() => at.find("example.com", "/shop/a", "POST"))).toMatchObject({
    code: "method-not-allowed",
    facts: { extra: { allow: ["GET"] } },
  });
});
