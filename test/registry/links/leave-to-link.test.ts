/** Who may link a plugin to another, over HTTP. */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Scope } from "../../../host/access/scopes.ts";
import { checkout, tax } from "../../guests/linked-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import type { Answer } from "../../support/test-host.ts";

const components = { tax: await tax(), checkout: await checkout() };
const host = await hostOfFile({ privateCalls: true });
afterAll(removeTemporaryFolders);
afterEach(async () => {
  for (const name of ["checkout", "tax"])
    await host.registry.remove(name, { breaks: ["checkout"] }).catch(() => {});
});

const links = { grants: { plugins: { "acme:tax/rates": "tax" } } };

async function bearer(scopes: readonly Scope[], plugins: readonly string[]): Promise<string> {
  return `Bearer ${(await host.tokens.create({ scopes, plugins }, "test")).token}`;
}

/** Uploads `checkout` with its link. */
function upload(authorization: string): Promise<Answer> {
  const body = new FormData();
  body.append("plugin", new Blob([components.checkout as Uint8Array<ArrayBuffer>]), "plugin.wasm");
  body.append("settings", JSON.stringify(links));
  return host.send("PUT", "/plugins/checkout", { body, headers: { authorization } });
}

const patch = (plugin: string, settings: object, authorization: string) =>
  host.send("PATCH", `/plugins/${plugin}`, {
    body: JSON.stringify(settings),
    headers: { authorization, "content-type": "application/json" },
  });

const owner: readonly Scope[] = ["deploy", "configure", "grant"];

describe("a link to a plugin", () => {
  it("is refused with a token that may not call it, and nothing is deployed", async () => {
    await host.registry.deploy("tax", components.tax);
    for (const token of [await bearer(owner, ["checkout"]), await bearer([...owner, "call"], ["checkout"])]) {
      const refused = await upload(token);
      expect(refused.status).toBe(403);
      expect(refused.json).toMatchObject({ code: "forbidden", subject: "tax", scope: "call" });
      expect(refused.json.remedy).toContain('PATCH /plugins/tax with {"linkable":["checkout"]}.');
    }
    expect(host.registry.list().map(({ name }) => name)).toEqual(["tax"]);
  });

  it("is made with a token that is good for both", async () => {
    await host.registry.deploy("tax", components.tax);
    const made = await upload(await bearer([...owner, "call"], ["checkout", "tax"]));
    expect(made.status).toBe(201);
    expect(made.json.links).toEqual({ to: { "acme:tax/rates": "tax" }, from: [], breaks: [] });
  });

  it.each([[true], [["checkout"]], [["other", "check*"]]] as const)(
    "is made by whoever may, where its setting linkable is %j",
    async (linkable) => {
      await host.registry.deploy("tax", components.tax, { settings: { linkable } });
      expect((await upload(await bearer(owner, ["checkout"]))).status).toBe(201);
    },
  );

  it("is refused to others than its setting linkable names", async () => {
    await host.registry.deploy("tax", components.tax, { settings: { linkable: ["other", "t42-*"] } });
    expect((await upload(await bearer(owner, ["checkout"]))).status).toBe(403);
  });

  it("is made by whoever may where everybody may call the plugin", async () => {
    await host.registry.deploy("tax", components.tax, { settings: { access: "public" } });
    expect((await upload(await bearer(owner, ["checkout"]))).status).toBe(201);
  });

  it("stays with new code and other settings of who could not make it", async () => {
    await host.registry.deploy("tax", components.tax);
    await host.registry.deploy("checkout", components.checkout, { settings: links });
    const token = await bearer(owner, ["checkout"]);
    expect((await upload(token)).status).toBe(200);
    expect((await patch("checkout", { limits: { queue: 7 } }, token)).status).toBe(200);
    expect(
      (await patch("checkout", { grants: { plugins: { "acme:other/thing": "tax" } } }, token)).status,
    ).toBe(200);
    expect(
      (await patch("checkout", { grants: { plugins: { "acme:other/thing": "toll" } } }, token)).status,
    ).toBe(403);
  });
});

describe("leave to link", () => {
  it("takes the scope grant to give, and configure to take away", async () => {
    await host.registry.deploy("tax", components.tax);
    const [granting, configuring] = [await bearer(["grant"], ["tax"]), await bearer(["configure"], ["tax"])];
    expect((await patch("tax", { linkable: true }, configuring)).status).toBe(403);
    expect((await patch("tax", { linkable: ["checkout"] }, granting)).status).toBe(200);
    expect((await patch("tax", { linkable: null }, configuring)).status).toBe(200);
    expect(host.registry.details("tax").settings.linkable).toBeUndefined();
  });

  it.each([
    [false],
    ["checkout"],
    [["Not A Name"]],
    [["a*b*"]],
    [Array.from({ length: 101 }, (_, i) => `p${i}`)],
  ])("is not %j", async (linkable) => {
    await host.registry.deploy("tax", components.tax);
    const refused = await patch("tax", { linkable }, await bearer(["grant"], ["tax"]));
    expect(refused.json).toMatchObject({ code: "bad-settings" });
    expect(refused.json.subject).toContain("settings.linkable");
  });
});

describe("over HTTP", () => {
  it("breaking others takes their names in the query", async () => {
    await host.registry.deploy("tax", components.tax);
    await host.registry.deploy("checkout", components.checkout, { settings: links });
    const refused = await host.send("DELETE", "/plugins/tax");
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: "has-dependants", dependants: [{ plugin: "checkout" }] });
    expect((await host.send("DELETE", "/plugins/tax?breaks=checkout")).status).toBe(204);
    const failed = await host.send("POST", "/call/checkout/count", {
      body: "[]",
      headers: { "content-type": "application/json" },
    });
    expect([failed.status, failed.json.code, failed.json.reason]).toEqual([
      502,
      "link-failed",
      "plugin-not-found",
    ]);
  });
});
