/** Addresses of a plugin that serves HTTP, as answers tell them to who has deployed it. */
import { expect, it } from "vitest";
import { exampleWasm } from "../../support/examples.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";

const hosts = hostsOfTests();
const { host } = hosts;
const routes = [{ path: "/shop/*" }, { path: "/about" }, { path: "/*", host: "shop.example.com" }];

async function patch(plugin: string, settings: object, query = "") {
  const body = JSON.stringify(settings);
  return (
    await host.send("PATCH", `/plugins/${plugin}${query}`, {
      body,
      headers: { "content-type": "application/json" },
    })
  ).json;
}

it("begins with an origin of its own where only this machine asks, and has all of its routes", async () => {
  await hosts.start();
  const created = await host.put("router", exampleWasm("router"));
  const own = `http://router.localhost:${host.port}/`;
  expect(created.json.servedAt).toEqual([own, "/http/router/"]);
  const all = [own, "//shop.example.com/", "/http/router/", "/shop/", "/about"];
  expect((await patch("router", { routes }, "?dry-run")).servedAt).toEqual(all);
  expect((await patch("router", { routes })).servedAt).toEqual(all);
  expect((await host.send("GET", "/plugins/router")).json.servedAt).toEqual(all);
});

it("has no route that is lost, and no name that is no host's", async () => {
  await hosts.start();
  await host.put("rooter-", exampleWasm("router"));
  await patch("rooter-", { routes });
  host.registry.routes.reserve({ paths: ["about"], names: ["shop.example.com"] });
  expect((await host.send("GET", "/plugins/rooter-")).json.servedAt).toEqual(["/http/rooter-/", "/shop/"]);
});

it("is whole where the API is elsewhere, and nothing where none is served", async () => {
  await hosts.start({ address: "0.0.0.0", admin: { host: "127.0.0.1", port: 0 } });
  const bytes = exampleWasm("router") as Uint8Array<ArrayBuffer>;
  const upload = async (plugin: string, body: Uint8Array<ArrayBuffer>) =>
    (
      await fetch(`${host.api!.url}/plugins/${plugin}`, { method: "PUT", headers: { authorization }, body })
    ).json();
  expect(await upload("router", bytes)).toMatchObject({ servedAt: [`${host.url}/http/router/`] });
  expect(await upload("greet", exampleWasm("greet") as Uint8Array<ArrayBuffer>)).not.toHaveProperty(
    "servedAt",
  );
});
