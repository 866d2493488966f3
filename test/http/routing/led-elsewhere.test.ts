/** Redirects and cookies of plugins at routes that say no host: for what is the plugin's, and nothing else of that origin. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { puppetSite, served } from "../../guests/puppet-site.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";

const host = await hostOfFile();
const routes: Record<string, readonly object[]> = {
  rest: [{ path: "/*" }],
  page: [{ path: "/about" }, { path: "/more/*" }, { path: "/send", methods: ["POST"] }],
  shop: [{ path: "/shop/*" }, { path: "/both", methods: ["GET"] }],
  till: [{ path: "/shop/till/*" }, { path: "/both", methods: ["POST"] }],
};
beforeAll(async () => {
  const bytes = await puppetSite();
  for (const [name, claims] of Object.entries(routes)) {
    await host.registry.deploy(name, bytes, { settings: { routes: claims } });
  }
});
afterAll(removeTemporaryFolders);

const led = async (from: string, location: string) => {
  const url = host.url + served({ status: 307, fields: { location } }, from);
  const { headers } = await fetch(url, { redirect: "manual" });
  return headers.get("location");
};

it.each([
  // A path of its own, whichever route it is by.
  ["/about", "/about?x=1#y", "/about?x=1#y"],
  ["/about", "/more/", "/more/"],
  ["/about", "/more", "/more"],
  ["/welcome", "/send", "/send"],
  ["/welcome", "/anything/else", "/anything/else"],
  ["/shop/cart", "/shop/done", "/shop/done"],
  ["/shop/cart", "/done", "/shop/done"],
  ["/about", "https://example.com/", "https://example.com/"],
  // The API's.
  ["/about", "/call/shop/remove?id=1", null],
  ["/about", "/plugins/shop", null],
  ["/about", "/more/../plugins", null],
  ["/about", "/%63all/shop/remove", null],
  ["/welcome", "/call/shop/remove?id=1", null],
  ["/welcome", "/console/", null],
  ["/welcome", "/http/shop/", null],
  // Another plugin's.
  ["/about", "/shop/", null],
  ["/about", "/anything", null],
  ["/welcome", "/about", null],
  ["/about", "/send", null],
  ["/shop/cart", "/shop/till/open", null],
  ["/shop/cart", "/shop/till", null],
])("from %s to %s leads to %s", async (from, location, expected) => {
  expect(await led(from, location)).toBe(expected);
});

it("leads to no path that is another's for the method that the client may keep", async () => {
  const post = async (from: string, location: string) => {
    const url = host.url + served({ status: 307, fields: { location } }, from);
    const { headers } = await fetch(url, { method: "POST", redirect: "manual" });
    return headers.get("location");
  };
  expect(await led("/both", "/both")).toBe("/both");
  expect(await post("/both", "/both")).toBe(null);
  expect(await post("/welcome", "/send")).toBe(null);
  expect(await post("/welcome", "/anything")).toBe("/anything");
});

it.each([
  // Without a path it is for what is beside the page, which is all of the origin here.
  ["/about", "a=1", []],
  ["/about", "a=1; Path=/", []],
  ["/about", "a=1; Path=/shop/", []],
  ["/about", "a=1; Path=/call/", []],
  ["/about", "a=1; Path=/about", ["hotcell.page.a=1; Path=/about"]],
  ["/about", "a=1; Path=/more/", ["hotcell.page.a=1; Path=/more/"]],
  ["/more/x", "a=1", ["hotcell.page.a=1"]],
  ["/shop/cart/x", "a=1", ["hotcell.shop.a=1"]],
  ["/shop/cart/x", "a=1; Path=/shop/till/", []],
  // All that is nobody else's is this one's.
  ["/welcome", "a=1; Path=/", ["hotcell.rest.a=1; Path=/"]],
])("at %s sets the cookie %s as %j", async (from, cookie, expected) => {
  const { headers } = await fetch(host.url + served({ fields: { "set-cookie": cookie } }, from));
  expect(headers.getSetCookie()).toEqual(expected);
});
