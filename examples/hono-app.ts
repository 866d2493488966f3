/**
 * A Hono app with a route of its own that a plugin answers, and the routes by which the plugin is replaced while it runs:
 * `node hono-app.ts greet.wasm`. Whoever has the TOKEN may upload plugins; it makes one where none is set.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { createHost, HotcellError } from "hotcell";
import { pluginRoutes } from "hotcell/hono";

const [file = "build/greet.wasm"] = process.argv.slice(2);
const { DATA, PORT = "8790", TOKEN } = process.env;
const token = TOKEN || randomBytes(32).toString("hex");

// Without a folder, what is uploaded is forgotten when the program ends.
const host = await createHost(DATA ? { data: DATA } : {});
if (host.registry.list().length === 0) await host.registry.deploy("greet", await readFile(file));

const app = new Hono();
app.post("/hello", async (c) => {
  const args = await c.req.json().catch((cause) => {
    const remedy = 'Send the arguments as an array, such as ["Ada"].';
    throw new HotcellError("bad-json", "The body is no JSON.", { cause, remedy });
  });
  return c.json(await host.registry.callJson("greet", "greet", args));
});
app.onError((error, c) => {
  if (!(error instanceof HotcellError)) {
    console.error(error);
    return c.text("Internal Server Error", 500);
  }
  const { status } = error;
  return c.json(error.toProblem(), status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
  });
});

const closing = new AbortController();
app.route("/plugins-api", pluginRoutes(host, { token, address: "127.0.0.1", closing: closing.signal }));

const server = serve(
  { fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) },
  ({ port }: AddressInfo) => {
    console.log(`http://127.0.0.1:${port}`);
    if (!TOKEN) console.log(`TOKEN=${token}`);
  },
);

async function end(): Promise<void> {
  // Event streams have no end of their own.
  closing.abort();
  server.close();
  await host.close();
}
process.once("SIGINT", end);
process.once("SIGTERM", end);
