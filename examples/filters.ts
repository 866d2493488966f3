/** A Hono app behind plugins that judge its requests, and change its responses: `node filters.ts gate.wasm`. */
import { readFile } from "node:fs/promises";
import { Hono } from "hono";
import { createHost } from "hotcell";
import { pluginFilters } from "hotcell/hono";

const [file = "build/gate.wasm"] = process.argv.slice(2);

await using host = await createHost();
const gate = await readFile(file);
// Whoever is called filter-… is a filter from its upload on, and none any more when it is removed.
await host.registry.contracts.put("filters", gate, { plugins: ["filter-*"] });
await host.registry.deploy("filter-gate", gate);

const app = new Hono();
app.use(pluginFilters(host, "filters", { deadline: 1000 }));
app.get("/*", (c) => c.text(`Hello, ${c.req.header("x-user") ?? "stranger"}!`));

const ask = async (path: string) => {
  const answer = await app.request(path, { headers: { "x-user": "root" } });
  console.log(answer.status, await answer.text(), answer.headers.get("x-frame-options"));
};
await ask("/");
await ask("/admin");
await host.registry.remove("filter-gate");
await ask("/admin");
