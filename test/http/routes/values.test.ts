/** Values by key over HTTP, as the owner of a plugin reads and changes them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drafts } from "../../backends/key-value/kv-guest.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";
import { startTestHost } from "../../support/test-host.ts";

afterAll(removeTemporaryFolders);
const host = await startTestHost();
afterAll(() => host.close());
const { registry } = host;

const kv = {
  buckets: { default: {}, fixed: { readonly: true }, rates: { shared: "shop/rates", readonly: true } },
  bytes: 10_000,
  keys: 1_500,
  keyBytes: 300,
  valueBytes: 2_000,
};
beforeAll(async () => {
  const wasm = await drafts["0.2.0-draft2"]();
  await registry.deploy("shop", wasm, {
    settings: { grants: { kv: { buckets: { default: {}, rates: { sharedWith: ["*"] } } } } },
  });
  await registry.deploy("notes", wasm, { settings: { grants: { kv } } });
});

const at = "/plugins/notes/kv";
const octets = { "content-type": "application/octet-stream" };
const put = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  host.send("PUT", `${at}${path}`, { body, headers: { ...octets, ...headers } });
const get = (path: string, headers: Record<string, string> = {}) =>
  host.send("GET", `${at}${path}`, { headers });
const remove = (path: string, headers: Record<string, string> = {}) =>
  host.send("DELETE", `${at}${path}`, { headers });
const told = ({ status, json }: Awaited<ReturnType<typeof get>>) => [status, json?.code];

describe("a value", () => {
  it("goes both ways between the owner and the plugin, whatever its bytes", async () => {
    const bytes = new Uint8Array(256).map((_, i) => i);
    expect(await put("/default/all", bytes)).toMatchObject({ status: 204, text: "" });
    expect(await registry.callJson("notes", "get", ["default", "all"])).toBe(
      Buffer.from(bytes).toString("base64"),
    );
    await registry.callJson("notes", "set", [
      "default",
      "mine",
      Buffer.from("of the guest").toString("base64"),
    ]);
    const { status, text, headers } = await get("/default/mine");
    expect([status, text]).toEqual([200, "of the guest"]);
    expect(headers.get("content-type")).toBe("application/octet-stream");
    const raw = await fetch(`${host.url}${at}/default/all`, {
      headers: { authorization: "Bearer test-token" },
    });
    expect(new Uint8Array(await raw.arrayBuffer())).toEqual(bytes);
    expect(await host.send("HEAD", `${at}/default/mine`)).toMatchObject({ status: 200, text: "" });
    expect(await remove("/default/mine")).toMatchObject({ status: 204 });
    expect(await registry.callJson("notes", "get", ["default", "mine"])).toBeNull();
    expect(told(await get("/default/mine"))).toEqual([404, "key-not-found"]);
    expect(told(await remove("/default/mine"))).toEqual([404, "key-not-found"]);
  });

  it("may be set where the plugin itself may not, and be empty", async () => {
    expect(await put("/fixed/a", "")).toMatchObject({ status: 204 });
    expect(await registry.callJson("notes", "get", ["fixed", "a"])).toBe("");
  });

  const keys = [
    "a/b",
    "a b+c&d=e?f#g",
    "%2F",
    "%",
    "__proto__",
    "line\nbreak\0nul",
    "\u202e\ud83d\ude00 ähnlich a\u0308hnlich",
    "constructor",
  ];
  it.each(keys)("has the key %j in its path", async (key) => {
    const path = `/default/${encodeURIComponent(key)}`;
    expect(await put(path, key)).toMatchObject({ status: 204 });
    expect(await get(path)).toMatchObject({ status: 200, text: key });
    expect(await registry.callJson("notes", "get", ["default", key])).toBe(
      Buffer.from(key).toString("base64"),
    );
    const { json } = await get("/default");
    expect(json.keys.map((each: { key: string }) => each.key)).toContain(key);
    expect(await remove(path)).toMatchObject({ status: 204 });
  });

  it.each(["", ".", "..", "a/../b"])("has the key %j in the query", async (key) => {
    const path = `/default?key=${encodeURIComponent(key)}`;
    expect(await put(path, "odd")).toMatchObject({ status: 204 });
    expect(await get(path)).toMatchObject({ status: 200, text: "odd" });
    expect(await registry.callJson("notes", "get", ["default", key])).toBe("b2Rk");
    expect(await remove(path)).toMatchObject({ status: 204 });
  });

  it("is refused where its key is no UTF-8, in the path and in the query, or is not there at all", async () => {
    for (const path of ["/default/%ff", "/default/%c0%af", "/default?key=%ff"])
      expect(told(await put(path, "x")), path).toEqual([400, "bad-request"]);
    expect(told(await put("/default", "x"))).toEqual([400, "bad-request"]);
    expect(told(await remove("/default"))).toEqual([400, "bad-request"]);
  });
});

describe("a conditional request", () => {
  it("changes what it knows, and nothing that has changed since", async () => {
    const first = (await put("/default/c", "1", { "if-none-match": "*" })).headers.get("etag")!;
    expect(first).toMatch(/^"\d+"$/);
    expect(told(await put("/default/c", "x", { "if-none-match": "*" }))).toEqual([412, "stale-value"]);
    expect((await get("/default/c")).headers.get("etag")).toBe(first);
    expect(await get("/default/c", { "if-none-match": first })).toMatchObject({ status: 304, text: "" });
    const second = (await put("/default/c", "2", { "if-match": `"0", ${first}` })).headers.get("etag")!;
    expect(second).not.toBe(first);
    expect(told(await put("/default/c", "3", { "if-match": first }))).toEqual([412, "stale-value"]);
    expect(told(await remove("/default/c", { "if-match": first }))).toEqual([412, "stale-value"]);
    for (const other of [`W/${second}`, '"x-gzip"'])
      expect(told(await put("/default/c", "3", { "if-match": other })), other).toEqual([412, "stale-value"]);
    expect(told(await put("/default/c", "3", { "if-match": "3" }))).toEqual([400, "bad-request"]);
    expect(told(await put("/default/c", "3", { "if-none-match": '"3"' }))).toEqual([400, "bad-request"]);
    expect(await get("/default/c", { "if-none-match": first })).toMatchObject({ status: 200, text: "2" });
    expect(await put("/default/c", "3", { "if-match": "*" })).toMatchObject({ status: 204 });
    expect(await remove("/default/c", { "if-match": "*" })).toMatchObject({ status: 204 });
    expect(told(await put("/default/c", "3", { "if-match": "*" }))).toEqual([412, "stale-value"]);
    expect(told(await remove("/default/c", { "if-match": "*" }))).toEqual([412, "stale-value"]);
  });

  it("is one of many of which one succeeds", async () => {
    const etag = (await put("/default/race", "0")).headers.get("etag")!;
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => put("/default/race", `${i}`, { "if-match": etag })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(15);
    await remove("/default/race");
  });
});

describe("a listing", () => {
  it("has each key once, over pages, with its size and version", async () => {
    for (const key of ["x", "y", "z"]) await put(`/fixed/${key}`, key.repeat(3));
    const found: string[] = [];
    let after = "";
    for (;;) {
      const { json } = await get(`/fixed?limit=2${after}`);
      expect(json).toMatchObject({ plugin: "notes", bucket: "fixed" });
      for (const { key, bytes, version } of json.keys) {
        found.push(`${key} ${bytes}`);
        expect((await get(`/fixed/${key}`)).headers.get("etag")).toBe(`"${version}"`);
      }
      if (json.next === undefined) break;
      after = `&after=${json.next}`;
    }
    expect(found).toEqual(["a 0", "x 3", "y 3", "z 3"]);
    expect(told(await get("/fixed?after=x"))).toEqual([400, "bad-request"]);
    expect(told(await get("/fixed?beyond=1"))).toEqual([400, "bad-request"]);
  });

  it("of buckets has those that are the plugin's own", async () => {
    const { json } = await get("");
    expect(json).toEqual({
      plugin: "notes",
      buckets: [
        { bucket: "default", keys: 1, bytes: 259, granted: true },
        { bucket: "fixed", keys: 4, bytes: 13, granted: true },
      ],
    });
  });
});

describe("a refusal", () => {
  it("names the bucket that there is not, and whose it is", async () => {
    expect((await get("/defautl")).json).toMatchObject({ code: "bucket-not-found", near: ["default"] });
    for (const path of ["/__proto__/a", "/none/a", "/rates/a", "/a%2Fb/a"]) {
      expect(told(await get(path)), path).toEqual([404, "bucket-not-found"]);
      expect(told(await put(path, "x")), path).toEqual([404, "bucket-not-found"]);
      expect(told(await remove(path)), path).toEqual([404, "bucket-not-found"]);
    }
    expect((await put("/rates/a", "x")).json.remedy).toBe("It is the bucket rates of shop: ask for that.");
    expect(told(await host.send("GET", "/plugins/none/kv"))).toEqual([404, "plugin-not-found"]);
    expect(told(await host.send("GET", "/plugins/none/kv/default/a"))).toEqual([404, "plugin-not-found"]);
    const sent = { body: "x", headers: octets };
    expect(told(await host.send("PUT", "/plugins/none/kv/default/a", sent))).toEqual([
      404,
      "plugin-not-found",
    ]);
  });

  it("holds the owner to the plugin's quota and sizes, and to bytes", async () => {
    expect((await put("/default/large", "x".repeat(2_001))).json).toMatchObject({
      ...{ status: 413, code: "too-large", limit: 2_000, actual: 2_001 },
    });
    expect((await put(`/default/${"k".repeat(301)}`, "x")).json).toMatchObject({
      ...{ status: 400, code: "bad-request", limit: 300, actual: 301 },
    });
    const sizes = await Promise.all(
      Array.from({ length: 16 }, (_, i) => put(`/default/fill-${i}`, "x".repeat(1_000))),
    );
    const refused = sizes.filter(({ status }) => status === 507);
    expect(sizes.filter(({ status }) => status === 204)).toHaveLength(9);
    expect(refused).toHaveLength(7);
    expect(refused[0]!.json).toMatchObject({ code: "over-quota", setting: "grants.kv.bytes", limit: 10_000 });
    for (let i = 0; i < 16; i++) await remove(`/default/fill-${i}`);
    const typed = { body: "x", headers: { "content-type": "text/plain" } };
    expect(told(await host.send("PUT", `${at}/default/a`, typed))).toEqual([415, "unsupported-media-type"]);
  });
});

it("tells of changes in the event log, by whom, and neither key nor value", async () => {
  const { id, token } = await host.tokens.create({ scopes: ["data"], plugins: ["notes"] }, "test");
  const headers = { ...octets, authorization: `Bearer ${token}` };
  const path = `${at}/default/mark-of-the-key`;
  await host.send("PUT", path, { body: "mark-of-the-value", headers });
  await host.send("PUT", path, { body: "mark".repeat(600), headers });
  await host.send("DELETE", path, { headers });
  const changes = async () =>
    (await host.store.events({ plugin: "notes" }))
      .filter(({ kind, who }) => kind === "data-changed" && who === id)
      .map(({ plugin, data }) => ({ plugin, ...(data as object) }));
  await until(async () => (await changes()).length === 2);
  expect(await changes()).toEqual([
    { plugin: "notes", operation: "put", bucket: "default", keyBytes: 15 },
    { plugin: "notes", operation: "delete", bucket: "default", keyBytes: 15 },
  ]);
  const events = await host.store.events({ plugin: "notes" });
  expect(JSON.stringify(events)).not.toContain("mark");
  expect(host.faults).toEqual([]);
});

it("leaves the values of a removed plugin to be read and deleted, and takes no new ones", async () => {
  await put("/default/left", "over");
  await registry.remove("notes", { keepData: true });
  expect(await get("/default/left")).toMatchObject({ status: 200, text: "over" });
  expect((await get("")).json.buckets[0]).toMatchObject({ bucket: "default", granted: false });
  expect(told(await put("/default/left", "new"))).toEqual([404, "plugin-not-found"]);
  expect(await remove("/default/left")).toMatchObject({ status: 204 });
});
