/** Components that a host pulls by itself, over its HTTP API and in code, from a registry that listens. */
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { createHost } from "../../../host/index.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { startTestHost } from "../../support/test-host.ts";
import { refusalOf } from "../../support/thrown.ts";
import { startTestRegistry } from "./test-registry.ts";

const registry = await startTestRegistry();
const folder = await mkdtempDisposable(join(tmpdir(), "hotcell-pull-"));
const registryAuth = join(folder.path, "config.json");
afterAll(async () => {
  await registry.close();
  await folder.remove();
});
await writeFile(registryAuth, "{}");
const host = await hostOfFile({ registries: [`${registry.url}/acme`], registryAuth });

const put = (name: string, body: unknown, query = "") =>
  host.send("PUT", `/plugins/${name}${query}`, {
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const at = (rest: string) => `${registry.name}/${rest}`;

it("deploys what a reference stands for, and keeps where it came from", async () => {
  const { manifest, component } = registry.put("acme/p", "1", sample({ version: 1 }));
  const origin = { oci: at("acme/p:1"), digest: manifest };
  const plan = await put("p", { oci: at("acme/p:1"), settings: { mode: "fresh" } }, "?dry-run");
  expect([plan.status, plan.json.outcome, plan.json.origin]).toEqual([200, "planned", origin]);
  const { status, json } = await put("p", { oci: `oci://${at("acme/p:1")}`, settings: { mode: "fresh" } });
  expect([status, json.outcome, json.version, json.origin]).toEqual([201, "created", component, origin]);
  expect(json.settings.mode).toBe("fresh");
  expect((await host.call("p/version", [])).json).toBe(1);
  await host.registry.configure("p", { mode: "shared" });
  expect((await host.send("GET", "/plugins/p")).json.origin).toEqual(origin);
  await host.put("p", sample({ version: 2 }));
  expect((await host.send("GET", "/plugins/p")).json).not.toHaveProperty("origin");
  await host.registry.rollback("p");
  expect((await host.send("GET", "/plugins/p")).json.origin).toEqual(origin);
  const { deployments } = (await host.send("GET", "/plugins/p/deployments")).json;
  expect(deployments.at(-1).details.origin).toEqual(origin);
});

it("tells the newest place of a version that came from several, and all else where the store can't be read", async () => {
  const [one, two] = [sample({ version: 11 }), sample({ version: 12 })];
  registry.put("acme/o", "1", one);
  const { manifest } = registry.put("acme/o", "stable", one);
  const place = async () => (await host.send("GET", "/plugins/o")).json.origin;
  await host.put("o", one);
  expect(await place()).toBeUndefined();
  await host.put("o", two);
  await put("o", { oci: at("acme/o:1") });
  await host.put("o", two);
  await put("o", { oci: at("acme/o:stable") });
  expect(await place()).toEqual({ oci: at("acme/o:stable"), digest: manifest });
  await host.registry.remove("o");
  await host.put("o", one);
  const unreadable = vi.spyOn(host.store, "deployments").mockRejectedValueOnce(new Error("not now"));
  expect((await host.send("GET", "/plugins/o")).json).toMatchObject({ name: "o", revision: 7 });
  expect(unreadable).toHaveBeenCalled();
  unreadable.mockRestore();
  expect(await place()).toBeUndefined();
});

it("holds what is pulled to the same gates, and leaves what is live", async () => {
  registry.put("acme/q", "1", sample({ version: 1 }));
  registry.put("acme/q", "2", sample({ version: 2, without: ["echo"] }));
  registry.put("acme/q", "3", Buffer.from("no component"));
  await put("q", { oci: at("acme/q:1") });
  expect((await put("q", { oci: at("acme/q:2") })).json.code).toBe("incompatible");
  expect((await put("q", { oci: at("acme/q:3") })).json.code).toBe("not-wasm");
  expect((await host.call("q/version", [])).json).toBe(1);
  const checks = { calls: [{ call: "version", args: [], returns: 3 }] };
  expect((await put("q", { oci: at("acme/q:2"), checks }, "?allow-breaking")).json.code).toBe(
    "checks-failed",
  );
  expect((await put("q", { oci: at("acme/q:2") }, "?allow-breaking")).json.outcome).toBe("swapped");
});

it.each([
  [{ oci: at("others/p:1") }, 403, "registry-not-allowed"],
  [{ oci: "ghcr.io/acme/p:1" }, 403, "registry-not-allowed"],
  [{ oci: "p:1" }, 400, "bad-reference"],
  [{ oci: at("acme/nothing:1") }, 404, "image-not-found"],
  [{ oci: 5 }, 400, "bad-request"],
  [{}, 400, "bad-request"],
  [{ oci: at("acme/p:1"), more: 1 }, 400, "bad-request"],
  [{ oci: at("acme/p:1"), settings: [] }, 400, "bad-request"],
  [[], 400, "bad-request"],
])("refuses %j", async (body, status, code) => {
  const { json, ...answer } = await put("r", body);
  expect([answer.status, json.code]).toEqual([status, code]);
  expect(json.remedy).toMatch(/\w/);
  expect(host.registry.revision("r")).toBeUndefined();
});

it("pulls no more at one time than may be, also while they wait for the turn of their upload", async () => {
  // No upload has a turn here.
  const full = await startTestHost({ registries: [registry.url], limits: { uploadsAtOnce: 0 } });
  const leaving = [new AbortController(), new AbortController(), new AbortController()];
  const sent = Promise.withResolvers<void>();
  let blobs = 0;
  for (const n of [1, 2, 3]) {
    const { blobPath } = registry.put(`acme/wait-${n}`, "1", sample({ version: n }));
    const send = registry.answers.get(blobPath)!;
    registry.answers.set(blobPath, (request, response) => {
      if (++blobs === 2) response.on("finish", sent.resolve);
      send(request, response);
    });
  }
  const begin = (n: number) =>
    fetch(`${full.url}/plugins/wait-${n}`, {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: "Bearer test-token" },
      body: JSON.stringify({ oci: at(`acme/wait-${n}:1`) }),
      signal: leaving[n - 1]!.signal,
    }).catch(() => {});
  const asksForThird = () => registry.asked.some((asked) => asked.includes("wait-3"));
  const all = [begin(1), begin(2)];
  await sent.promise;
  all.push(begin(3));
  for (let i = 0; i < 20; i++) await full.send("GET", "/plugins");
  expect(asksForThird()).toBe(false);
  leaving[0]!.abort();
  await vi.waitUntil(asksForThird, { timeout: 30_000 });
  for (const each of leaving) each.abort();
  await Promise.all(all);
  await full.close();
});

it("asks no registry for whoever may not deploy", async () => {
  const before = registry.asked.length;
  const { token } = await host.tokens.create({ scopes: ["configure", "grant", "read"] }, "test");
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const body = JSON.stringify({ oci: at("acme/p:1") });
  expect((await host.send("PUT", "/plugins/s", { body, headers })).json.code).toBe("forbidden");
  expect((await host.send("PUT", "/plugins/s", { body, headers, anonymous: true })).status).toBe(403);
  expect(registry.asked.length).toBe(before);
});

it("pulls from nowhere by default, in code too", async () => {
  await using closed = await createHost();
  const { code, message } = await refusalOf(closed.pull(at("acme/p:1")));
  expect([code, message]).toEqual([
    "registry-not-allowed",
    `This host pulls from no registry, so not ${at("acme/p:1")}.`,
  ]);
  expect((await refusalOf(createHost({ registries: ["http://ghcr.io"] }))).code).toBe("bad-settings");
  expect((await refusalOf(createHost({ registryAuth: join(folder.path, "none.json") }))).code).toBe(
    "bad-settings",
  );
});

it("tells nobody the login that it sends", async () => {
  const secret = "Kq4Zv8WnXt6Jb3Rm9Lp2Hd";
  const auth = Buffer.from(`ada:${secret}`).toString("base64");
  await writeFile(registryAuth, JSON.stringify({ auths: { [registry.name]: { auth } } }));
  registry.answers.set("/v2/acme/secret/manifests/1", (request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { "www-authenticate": `Basic realm="${secret}"` }).end();
    else
      response
        .writeHead(403, { "content-type": "application/json" })
        .end(`{"errors":[{"message":"${secret}"}]}`);
  });
  const { text, json } = await put("t", { oci: at("acme/secret:1") });
  expect(json.code).toBe("registry-denied");
  expect(registry.asked.at(-1)).toContain(auth);
  const events = JSON.stringify(await host.store.events({}));
  for (const said of [text, events, JSON.stringify(host.faults)]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain(auth);
  }
});
