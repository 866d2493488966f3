/** Buckets that plugins share, and who may have them shared. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createHost } from "../../../host/host.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { drafts } from "./kv-guest.ts";

afterAll(removeTemporaryFolders);
const data = await mkdtemp(join(tmpdir(), "hotcell-shared-"));
afterAll(() => rm(data, { recursive: true, force: true }));
const host = await hostOfFile();
const wasm = await drafts["0.2.0-draft2"]();
const { registry, tokens } = host;

const buckets = (of: object) => ({
  mode: "fresh" as const,
  grants: { kv: { buckets: { default: {}, ...of } } },
});
const configure = (plugin: string, settings: object, token: string) =>
  host.send("PATCH", `/plugins/${plugin}`, {
    body: JSON.stringify(settings),
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });

it("are had by who may deploy the other plugin, or whom that shares them with", async () => {
  await registry.deploy("shop", wasm, { settings: buckets({ rates: {} }) });
  await registry.deploy("tax-eu", wasm, { settings: buckets({}) });
  const { token } = await tokens.create(
    { scopes: ["grant", "configure", "deploy"], plugins: ["tax-*"] },
    "test",
  );
  const wanted = buckets({ rates: { shared: "shop/rates", readonly: true } });
  const refused = await configure("tax-eu", wanted, token);
  expect(refused).toMatchObject({
    status: 403,
    json: { code: "forbidden", subject: "shop", scope: "deploy" },
  });
  expect(refused.json.remedy).toContain("sharedWith");
  await registry.configure("shop", buckets({ rates: { sharedWith: ["tax-*"] } }));
  expect(await configure("tax-eu", wanted, token)).toMatchObject({ status: 200 });

  const value = Buffer.from("19").toString("base64");
  await registry.callJson("shop", "set", ["rates", "de", value]);
  expect(await registry.callJson("tax-eu", "get", ["rates", "de"])).toBe(value);
  await expect(registry.callJson("tax-eu", "set", ["rates", "de", value])).rejects.toMatchObject({
    payload: "access-denied",
  });
});

it("are no longer had when they are shared no more, by a call that comes after that", async () => {
  const [lender, borrower] = ["lender", "borrower"];
  const lend = (sharedWith: string[]) => buckets({ rates: { sharedWith } });
  await registry.deploy(lender, wasm, { settings: lend([borrower]) });
  await registry.deploy(borrower, wasm, { settings: buckets({ rates: { shared: "lender/rates" } }) });
  const set = () => registry.callJson(borrower, "set", ["rates", "de", ""]);
  const gone = { payload: "no-such-store" };
  await set();
  await registry.configure(lender, lend(["borrowers-*"]));
  await expect(set()).rejects.toMatchObject(gone);
  await registry.configure(lender, lend(["borrow*"]));
  await set();
  await registry.configure(lender, { grants: { kv: { buckets: { rates: { sharedWith: null } } } } });
  await expect(set()).rejects.toMatchObject(gone);
  await registry.configure(lender, lend([borrower]));
  await set();
  // What is deployed under the name has given no leave, whoever had it before.
  await registry.remove(lender, { keepData: true });
  await registry.deploy(lender, wasm, { settings: buckets({ rates: {} }) });
  await expect(set()).rejects.toMatchObject(gone);
  expect(await registry.callJson(lender, "exists", ["rates", "de"])).toBe(true);
});

it("count for the plugin whose they are, and go with it", async () => {
  await registry.configure("shop", { grants: { kv: { keys: 2 } } });
  await registry.configure("tax-eu", { grants: { kv: { buckets: { rates: { readonly: false } } } } });
  await registry.callJson("shop", "get", ["rates", "de"]);
  const setMore = (key: string) => registry.callJson("tax-eu", "set", ["rates", key, ""]);
  await setMore("fr");
  await expect(setMore("it")).rejects.toMatchObject({ payload: expect.stringContaining("they may have 2") });
  await registry.remove("tax-eu");
  expect(await registry.callJson("shop", "exists", ["rates", "fr"])).toBe(true);
});

it("count for their owner's quota before that has run, and whatever its borrower may have", async () => {
  const lent = { rates: { sharedWith: ["tax"] } };
  const first = await createHost({ data, log: () => {} });
  const { registry } = first;
  const little = { kv: { keys: 1, buckets: lent } };
  await registry.deploy("shop", wasm, { settings: { mode: "fresh", grants: little } });
  await registry.deploy("tax", wasm, { settings: buckets({ rates: { shared: "shop/rates" } }) });
  await first.close();
  await using again = await createHost({ data, log: () => {} });
  const set = (key: string) => again.registry.callJson("tax", "set", ["rates", key, ""]);
  await set("de");
  await expect(set("fr")).rejects.toMatchObject({ payload: expect.stringContaining("they may have 1") });
  // It has not run yet, and need not.
  await again.registry.configure("shop", { grants: { kv: { keys: 2 } } });
  await set("fr");
  await expect(set("it")).rejects.toMatchObject({ payload: expect.stringContaining("they may have 2") });
});

it("are nobody's where their owner has none of that name, or is gone", async () => {
  await registry.deploy("store", wasm, {
    settings: buckets({
      rates: { sharedWith: ["vat"] },
      lent: { shared: "other/rates", sharedWith: ["vat"] },
    }),
  });
  const borrowed = { rates: { shared: "store/rates" }, lent: { shared: "store/lent" } };
  await registry.deploy("vat", wasm, { settings: buckets({ ...borrowed, typo: { shared: "store/rate" } }) });
  const set = (bucket: string) => registry.callJson("vat", "set", [bucket, "de", ""]);
  await set("rates");
  for (const bucket of ["lent", "typo"])
    await expect(set(bucket)).rejects.toMatchObject({ payload: "no-such-store" });
  await registry.remove("store", { keepData: false });
  await expect(set("rates")).rejects.toMatchObject({ payload: "no-such-store" });
  // What is deployed under the name finds nothing that was not its own.
  await registry.deploy("store", wasm, { settings: buckets({ rates: {} }) });
  expect(await registry.values("store").buckets()).toMatchObject([{ keys: 0 }, { keys: 0 }]);
});
