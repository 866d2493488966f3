/** Functions of an embedder's, called by a plugin that serves HTTP: they know who asked. */
import { Hono } from "hono";
import { beforeEach, describe, expect, it } from "vitest";
import { pluginHandler, pluginRoutes } from "../../host/http/embed.ts";
import type { CapabilityContext } from "../../host/index.ts";
import { witDeps } from "../guest-plugins/wit-packages.ts";
import { shopWit } from "../guests/shop-guest.ts";
import { hostOfFile } from "../support/hosts.ts";
import { buildComponent } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";

const world = `package t:stall@1.0.0;
world stall {
  import acme:shop/db@1.0.0;
  import wasi:http/types@0.2.0;
  export wasi:http/incoming-handler@0.2.0;
}`;

/** Gives the price of what is asked for. */
const stall = new Uint8Array(
  await buildComponent({
    files: {
      "wit/world.wit": world,
      "wit/deps/shop/shop.wit": shopWit,
      ...(await witDeps("wasi:http@0.2.0")),
      "assembly/index.ts": `
import { App } from "hotcell/assembly/http";
import { price } from "acme:shop/db@1.0.0";
const app = new App();
app.get("/:item", (c) => c.text(price(c.req.param("item")).unwrap().toString()));
export default app;`,
    },
  }),
);

let contexts: CapabilityContext[] = [];
/** Context of the call that asked for what takes for ever. */
let asked = Promise.withResolvers<CapabilityContext>();
beforeEach(() => {
  contexts = [];
  asked = Promise.withResolvers();
});
const functions = (context: CapabilityContext) => ({
  price: async (item: string) => {
    contexts.push(context);
    if (item === "slow") {
      asked.resolve(context);
      await new Promise(() => {});
    }
    return item.length;
  },
});
const { registry, host, url, tokens } = await hostOfFile({
  capabilities: { "acme:shop/db": { grant: "shop-db", wit: shopWit, functions } },
});
const { token, id: holder } = await tokens.create({ scopes: ["call"] }, "test");
const authorization = `Bearer ${token}`;

describe.each(["inline", "process"] as const)("a plugin that serves HTTP, %s", (placement) => {
  const plugin = `stall-${placement}`;
  const settings = { grants: { "shop-db": true }, placement, routes: [{ path: `/${placement}/*` }] };

  it("calls for the token that was needed, over HTTP and in an app, and for nobody without", async () => {
    await registry.deploy(plugin, stall, { settings: { ...settings, access: "token" } });
    const routes = pluginRoutes(host);
    const answers = [
      await fetch(`${url}/http/${plugin}/tea`, { headers: { authorization } }),
      await fetch(`${url}/${placement}/tea`, { headers: { authorization } }),
      await routes.request(`/http/${plugin}/tea`, { headers: { authorization } }),
    ];
    for (const answer of answers) expect(await answer.text()).toBe("3");
    expect(contexts.map(({ caller }) => caller)).toEqual([holder, holder, holder]);
    await registry.configure(plugin, { access: "public" });
    expect(await (await fetch(`${url}/http/${plugin}/tea`)).text()).toBe("3");
    expect(contexts.at(-1)).toMatchObject({ plugin, caller: undefined });
  });

  it("lets them hear that the client has left", async () => {
    await registry.deploy(plugin, stall, { settings: { ...settings, access: "public" } });
    const leaving = new AbortController();
    const answer = fetch(`${url}/http/${plugin}/slow`, { signal: leaving.signal });
    const { signal } = await asked.promise;
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await until(() => signal.aborted);
  });

  it("calls for whom the embedder's own app names", async () => {
    await registry.deploy(plugin, stall, { settings: { ...settings, access: "token" } });
    const app = new Hono();
    app.all("/stall/*", pluginHandler(host, plugin, { caller: (c) => c.req.header("x-user") }));
    const ask = (headers: Record<string, string>) => app.request("/stall/tea", { headers });
    expect(await (await ask({ "x-user": "ada" })).text()).toBe("3");
    expect(await (await ask({})).text()).toBe("3");
    expect(contexts.map(({ caller }) => caller)).toEqual(["ada", undefined]);
  });
});
