/** Setting `access`: who may call one plugin, whatever the host says of all. */
import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import type { Answer } from "../../support/test-host.ts";

const hosts = hostsOfTests();
const { host } = hosts;
const call = "/call/live/version";

async function deploy(settings: object = {}): Promise<void> {
  await host.registry.deploy("live", sample(), { settings });
}

async function patch(access: string | null, scopes?: readonly string[]): Promise<Answer> {
  const token = scopes && (await host.tokens.create({ scopes }, "test")).token;
  return host.send("PATCH", "/plugins/live", {
    body: JSON.stringify({ access }),
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
  });
}

const statusOf = async (headers?: Record<string, string>) =>
  (await host.send("GET", call, { anonymous: true, ...(headers && { headers }) })).status;

it("asks callers of one plugin for a token where calls are open", async () => {
  await hosts.start();
  await deploy({ access: "token" });
  await host.registry.deploy("other", sample());
  expect(await statusOf()).toBe(401);
  expect((await host.call("live/version", [])).status).toBe(401);
  const { token } = await host.tokens.create({ scopes: ["call"], plugins: ["live"] }, "test");
  const { token: others } = await host.tokens.create({ scopes: ["call"], plugins: ["other"] }, "test");
  expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(200);
  expect(await statusOf({ authorization: `Bearer ${others}` })).toBe(403);
  expect((await host.call("other/version", [])).status).toBe(200);
});

it("lets everybody call one plugin where calls are private", async () => {
  await hosts.start({ privateCalls: true });
  await deploy({ access: "public" });
  await host.registry.deploy("other", sample());
  expect(await statusOf()).toBe(200);
  expect((await host.call("other/version", [])).status).toBe(401);
});

it("holds from the next call on, and goes back to the host's way with null", async () => {
  await hosts.start();
  await deploy();
  expect((await patch("token")).json).toMatchObject({
    outcome: "configured",
    settings: { access: "token" },
    settingsChanges: [{ path: "access", kind: "configure", to: "token" }],
  });
  expect(await statusOf()).toBe(401);
  const { json } = await patch(null);
  expect(json.settingsChanges).toEqual([{ path: "access", kind: "grant", from: "token" }]);
  expect(json.settings).not.toHaveProperty("access");
  expect(await statusOf()).toBe(200);
});

it("takes the scope grant to let more in than before, and configure to let in fewer", async () => {
  await hosts.start();
  await deploy();
  expect((await patch("token", ["grant"])).status).toBe(403);
  expect((await patch("token", ["configure"])).status).toBe(200);
  for (const wider of ["public", null]) {
    const { status, json } = await patch(wider, ["configure"]);
    expect({ status, scope: json.scope }).toEqual({ status: 403, scope: "grant" });
  }
  expect((await patch("public", ["grant"])).status).toBe(200);
  expect(await statusOf()).toBe(200);
});

it("decides who is shown what checks compare", async () => {
  await hosts.start();
  const checks = { calls: [{ call: "version", returns: 1 }] };
  await host.registry.deploy("live", sample(), { settings: { access: "token" }, checks });
  const shown = async (anonymous: boolean) =>
    (await host.send("GET", "/plugins/live", { anonymous })).json.checks.calls[0];
  expect(await shown(true)).not.toHaveProperty("returns");
  expect(await shown(false)).toHaveProperty("returns");
});

it("keeps out who has no token where it can't be read what the plugin's settings are", async () => {
  await hosts.start();
  await deploy();
  const record = (await host.store.plugin("live"))!;
  await host.store.commit({
    plugin: "live",
    expected: record.revision,
    at: record.at,
    live: record.live!.digest,
    settings: { access: "everybody" },
    held: {},
    checks: undefined,
    outcome: "configured",
    who: "test",
    details: {},
    event: { kind: "deployed", data: {} },
  });
  await host.registry.reconcile("live").catch(() => {});
  expect(await statusOf()).toBe(401);
});
