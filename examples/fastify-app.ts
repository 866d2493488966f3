/**
 * A Fastify app with a route that a plugin answers, the pages of a plugin that serves HTTP, and the routes by which both are replaced
 * while it runs: `node fastify-app.ts greet.wasm router.wasm`. Whoever has the TOKEN may upload plugins.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { getRequestListener } from "@hono/node-server";
import Fastify from "fastify";
import { Hono } from "hono";
import { createHost, HotcellError } from "hotcell";
import { pluginHandler, pluginRoutes } from "hotcell/hono";

const [greetFile = "build/greet.wasm", routerFile = "build/router.wasm"] = process.argv.slice(2);
const { PORT = "8792", TOKEN } = process.env;
const token = TOKEN || randomBytes(32).toString("hex");

const host = await createHost();
await host.registry.deploy("greet", await readFile(greetFile));
await host.registry.deploy("router", await readFile(routerFile));
const greet = await host.plugin<{ greet: (name?: string) => Promise<string> }>("greet");

const closing = new AbortController();
const plugins = new Hono()
  .route("/plugins-api", pluginRoutes(host, { token, address: "127.0.0.1", closing: closing.signal }))
  .all("/people/*", pluginHandler(host, "router", { token }));
const listener = getRequestListener(plugins.fetch);

const app = Fastify();
// A scope of its own keeps Fastify's parsers from the bodies, and `hijack` leaves the answers to node:http.
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  for (const path of ["/plugins-api/*", "/people/*"])
    scope.all(path, (request, reply) => {
      reply.hijack();
      void listener(request.raw, reply.raw);
    });
});
app.post<{ Body: { name: string } | null }>("/hello", async (request) => {
  return { greeting: await greet.exports.greet(request.body?.name) };
});
app.setErrorHandler((error, _request, reply) => {
  if (!(error instanceof HotcellError)) return reply.send(error);
  return reply.code(error.status).type("application/problem+json").send(JSON.stringify(error.toProblem()));
});

console.log(await app.listen({ host: "127.0.0.1", port: Number(PORT) }));
if (!TOKEN) console.log(`TOKEN=${token}`);

async function end(): Promise<void> {
  // Event streams have no end of their own.
  closing.abort();
  const closed = app.close();
  await host.close();
  // Their connections are idle by now, and Fastify would keep them for 72 seconds.
  app.server.closeIdleConnections();
  await closed;
}
process.once("SIGINT", end);
process.once("SIGTERM", end);
