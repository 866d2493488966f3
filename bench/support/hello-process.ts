/** The entry of a process that serves one contender of `bench -- http`: it tells its port, and ends with its parent. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve as serveHono } from "@hono/node-server";
import { Hono } from "hono";
import { createHost } from "../../host/host.ts";
import { pluginHandler } from "../../host/http/embed.ts";
import { serve } from "../../host/server.ts";
import { serveThinly } from "./thin-host.ts";

/** Server that is asked for: a route of Hono's, a plugin in our own server or in an app of Hono's, or one by hand that hardly does more than call it. */
export type HelloServer =
  | { readonly door: "native" }
  | { readonly door: "thin"; readonly file: string; readonly fresh: boolean }
  | { readonly door: "own" | "mounted"; readonly file: string; readonly settings: object };

const asked = JSON.parse(process.argv[2]!) as HelloServer;
process.on("disconnect", () => process.exit());
process.send!(await portOf(asked));

async function portOf(asked: HelloServer): Promise<number> {
  const app = new Hono();
  if (asked.door === "native") {
    app.get("/hello/:name", (c) => c.text(`Hello, ${c.req.param("name")}!`));
    return listenWith(app);
  }
  if (asked.door === "thin") return serveThinly(await readFile(asked.file), asked.fresh);
  const host = await createHost({ log: () => {} });
  await host.registry.deploy("hello", await readFile(asked.file), { settings: asked.settings });
  if (asked.door === "own") return (await serve(host, { host: "127.0.0.1", port: 0 })).port;
  app.all("/http/hello/*", pluginHandler(host, "hello"));
  return listenWith(app);
}

async function listenWith(app: Hono): Promise<number> {
  const server = serveHono({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
