/** WIT of a host that offers capabilities of its embedder's, from the host to the folder of a plugin. */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, afterEach, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { shopWit } from "../guests/shop-guest.ts";
import { finished, killRunning, startHotcell } from "../support/cli.ts";

const folder = await mkdtemp(join(tmpdir(), "hotcell-wit-export-"));
const shop = { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }) };
const host = await createHost({ capabilities: { "acme:shop/db": shop } });
const { fetch } = pluginRoutes(host, { token: "t" });
const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }) as Server;
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterEach(killRunning);
afterAll(async () => {
  server.close();
  await host.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  finished(startHotcell(["wit", "export", "--url", url, "--token", "t", ...args], { cwd: folder }));

it("writes what the host offers beside Hotcell's own, as it was given, and says what it is granted by", async () => {
  const { code, stdout } = await run();
  expect(stdout).toBe("wrote    wit/deps/acme-shop/package.wit: acme:shop@1.0.0\n  db  grant: shop-db\n");
  expect(code).toBe(0);
  expect(await readdir(join(folder, "wit/deps"))).toEqual(["acme-shop"]);
  expect(await readFile(join(folder, "wit/deps/acme-shop/package.wit"), "utf8")).toBe(shopWit.trimStart());
});

it("writes packages that are named, Hotcell's own too", async () => {
  const { stdout } = await run("wasi:random");
  expect(stdout).toContain("wit/deps/wasi-random/package.wit: wasi:random@0.2.");
});

it("refuses a package that the host does not offer, with the one that was meant", async () => {
  const { code, stderr } = await run("acme:shpo");
  expect(code).toBe(1);
  expect(stderr).toContain("Did you mean acme:shop?");
});

it("is what the host tells in code", () => {
  const told = host.registry.offered().find(({ name }) => name === "acme:shop");
  expect(told).toEqual({
    name: "acme:shop",
    version: "1.0.0",
    versions: "1.0.0",
    interfaces: [{ name: "db", grant: "shop-db" }],
    wit: shopWit.trimStart(),
  });
});
