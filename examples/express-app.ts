/**
 * An Express app with a route that a plugin answers, the pages of a plugin that serves HTTP, and the routes by which both are replaced
 * while it runs: `node express-app.ts greet.wasm router.wasm`. Whoever has the TOKEN may upload plugins.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { getRequestListener } from "@hono/node-server";
import express, { type ErrorRequestHandler } from "express";
import { Hono } from "hono";
import { createHost, HotcellError } from "hotcell";
import { pluginHandler, pluginRoutes } from "hotcell/hono";

const [greetFile = "build/greet.wasm", routerFile = "build/router.wasm"] = process.argv.slice(2);
const { PORT = "8791", TOKEN } = process.env;
const token = TOKEN || randomBytes(32).toString("hex");

const host = await createHost();
await host.registry.deploy("greet", await readFile(greetFile));
await host.registry.deploy("router", await readFile(routerFile));
const greet = await host.plugin<{ greet: (name: string) => Promise<string> }>("greet");

// What goes through node:http as it is: Express's body parsers come after it.
const closing = new AbortController();
const plugins = new Hono()
  .route("/plugins-api", pluginRoutes(host, { token, address: "127.0.0.1", closing: closing.signal }))
  .all("/people/*", pluginHandler(host, "router", { token }));
const listener = getRequestListener(plugins.fetch);

const app = express();
app.all(["/plugins-api/*path", "/people/*path"], (request, response) => void listener(request, response));
app.use(express.json());
app.post("/hello", async (request, response) => {
  response.json({ greeting: await greet.exports.greet(request.body?.name) });
});
const failed: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof HotcellError)) return next(error);
  response.status(error.status).type("application/problem+json").send(JSON.stringify(error.toProblem()));
};
app.use(failed);

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`http://127.0.0.1:${address.port}`);
  if (!TOKEN) console.log(`TOKEN=${token}`);
});

async function end(): Promise<void> {
  // Event streams have no end of their own.
  closing.abort();
  server.close();
  await host.close();
  // Their connections are idle by now.
  server.closeIdleConnections();
}
process.once("SIGINT", end);
process.once("SIGTERM", end);
