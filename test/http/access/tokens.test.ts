import { describe, expect, it, vi } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
const network = await hostOfFile({ address: "0.0.0.0", privateCalls: true });

const post = (body: unknown, headers = {}, on = host) =>
  on.send("POST", "/tokens", {
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });

async function make(body: { scopes: string[]; plugins?: string[]; expiresIn?: number }, on = host) {
  const { json } = await post(body, {}, on);
  return { id: json.id as string, headers: { authorization: `Bearer ${json.token}` } };
}

const wasm = { body: sample() as Uint8Array<ArrayBuffer> };

describe("/tokens", () => {
  it("makes a token that is shown once, lists it, and revokes it", async () => {
    const expiresAt = "2130-01-01T00:00:00.000Z".replace("2130", `${new Date().getUTCFullYear() + 1}`);
    const made = await post({ name: "ci", scopes: ["deploy"], plugins: ["shop", "t42-*"], expiresAt });
    const { id, token } = made.json;
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/tokens/${id}`);
    expect(made.headers.get("cache-control")).toBe("no-store");
    expect(made.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      token: expect.stringMatching(`^hotcell_${id}_[A-Za-z0-9_-]{43}$`),
      name: "ci",
      scopes: ["deploy"],
      plugins: ["shop", "t42-*"],
      createdAt: expect.any(String),
      expiresAt,
      revokedAt: null,
    });
    const { token: _, ...shown } = made.json;
    expect((await host.send("GET", "/tokens")).json.tokens).toContainEqual(shown);

    const headers = { authorization: `Bearer ${token}` };
    expect((await host.send("PUT", "/plugins/shop", { ...wasm, headers })).status).toBe(201);
    expect(await host.send("DELETE", `/tokens/${id}`)).toMatchObject({ status: 204, text: "" });
    const late = await host.send("DELETE", "/plugins/shop", { headers });
    expect(late).toMatchObject({
      status: 401,
      json: { code: "unauthorized", detail: `The token ${id} was revoked.` },
    });
    expect(late.headers.get("www-authenticate")).toBe('Bearer realm="hotcell", error="invalid_token"');
    expect(late.json).not.toHaveProperty("challenge");
    expect(await host.send("DELETE", `/tokens/${id}`)).toMatchObject({
      status: 404,
      json: { code: "token-not-found", subject: id },
    });
    const { tokens } = (await host.send("GET", "/tokens")).json;
    expect(tokens.find((one: { id: string }) => one.id === id).revokedAt).not.toBeNull();
  });

  it("is the admin's, by the admin token or one of scope admin", async () => {
    const requests = [
      ["GET", "/tokens"],
      ["POST", "/tokens"],
      ["DELETE", "/tokens/none"],
    ] as const;
    const { headers } = await make({ scopes: ["read", "call", "deploy"] });
    for (const [method, path] of requests) {
      expect((await host.send(method, path, { anonymous: true })).status).toBe(401);
      const refused = await host.send(method, path, { headers });
      expect(refused).toMatchObject({ status: 403, json: { code: "forbidden", scope: "admin" } });
      expect(refused.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    }
    const other = await make({ scopes: ["admin"] });
    expect((await post({ scopes: ["read"] }, other.headers)).status).toBe(201);
    await host.send("DELETE", `/tokens/${other.id}`);
    expect((await post({ scopes: ["read"] }, other.headers)).status).toBe(401);
  });

  it.each([
    ["{", "bad-json"],
    ["", "bad-request"],
    ["[]", "bad-request"],
    ["{}", "bad-request"],
    ['{"scopes":"read"}', "bad-request"],
    ['{"scopes":[1]}', "bad-request"],
    ['{"scopes":["write"]}', "bad-request"],
    ['{"scopes":["read"],"plugin":"shop"}', "bad-request"],
    ['{"scopes":["read"],"plugins":null}', "bad-request"],
    ['{"scopes":["read"],"plugins":["Shop"]}', "bad-plugin-name"],
    ['{"scopes":["admin"],"plugins":["shop"]}', "bad-request"],
    ['{"scopes":["read"],"plugins":["*"]}', "bad-request"],
    ['{"scopes":["read"],"plugins":["T42-*"]}', "bad-request"],
    ['{"scopes":["read"],"name":1}', "bad-request"],
    ['{"scopes":["read"],"name":"a\\u0007b"}', "bad-request"],
    ['{"scopes":["read"],"expiresAt":"2001-01-01"}', "bad-request"],
    ['{"scopes":["read"],"expiresIn":"soon"}', "bad-request"],
    ['{"scopes":["read"],"expiresIn":null}', "bad-request"],
  ])("refuses %s as %s", async (body, code) => {
    expect(await post(body)).toMatchObject({ status: 400, json: { code } });
  });

  it("takes JSON only", async () => {
    expect((await post("scopes=read", { "content-type": "application/x-www-form-urlencoded" })).status).toBe(
      415,
    );
  });
});

describe("a limited token", () => {
  it("changes its plugin and no other, and the history names it", async () => {
    const { id, headers } = await make({ scopes: ["deploy", "configure"], plugins: ["mine"] });
    await host.put("theirs", sample());
    expect((await host.send("PUT", "/plugins/mine", { ...wasm, headers })).status).toBe(201);
    const settings = { "content-type": "application/json", ...headers };
    await host.send("PATCH", "/plugins/mine", { body: '{"mode":"fresh"}', headers: settings });
    for (const [method, path] of [
      ["PUT", "/plugins/theirs"],
      ["PUT", "/plugins/new"],
      ["PATCH", "/plugins/theirs"],
      ["POST", "/plugins/theirs/rollback"],
      ["DELETE", "/plugins/theirs"],
    ] as const) {
      const refused = await host.send(method, path, { headers });
      expect(refused).toMatchObject({ status: 403, json: { code: "forbidden", expected: "mine" } });
    }
    const authors = async () =>
      (await host.send("GET", "/plugins/mine/deployments")).json.deployments.map(
        ({ revision, who }: { revision: number; who: string }) => `${revision} ${who}`,
      );
    expect(await authors()).toEqual([`2 ${id}`, `1 ${id}`]);
    expect((await host.send("DELETE", "/plugins/mine", { headers })).status).toBe(204);
    expect(await authors()).toContain(`3 ${id}`);
    expect((await host.send("GET", "/plugins/theirs")).json.revision).toBe(1);
  });

  it("brings new plugins whose names match its pattern, and sees those in lists", async () => {
    const { headers } = await make({ scopes: ["deploy"], plugins: ["t42-*"] }, network);
    await network.put("t43-web", sample());
    const upload = (name: string) => network.send("PUT", `/plugins/${name}`, { ...wasm, headers });
    expect((await upload("t42-web")).status).toBe(201);
    expect((await upload("t42-api")).status).toBe(201);
    expect((await upload("t42")).status).toBe(403);
    expect(await upload("t43-web")).toMatchObject({ status: 403, json: { expected: "t42-*" } });
    const { plugins } = (await network.send("GET", "/plugins", { headers })).json;
    expect(plugins.map(({ name }: { name: string }) => name)).toEqual(["t42-api", "t42-web"]);
  });

  it("reads its plugin and no other, where reading needs a token", async () => {
    const { headers } = await make({ scopes: ["read"], plugins: ["mine"] }, network);
    const { json } = await network.put("mine", sample());
    await network.put("theirs", sample());
    const list = await network.send("GET", "/plugins", { headers });
    expect(list.json.plugins.map(({ name }: { name: string }) => name)).toEqual(["mine"]);
    for (const path of ["", "/wit", "/versions", "/deployments", `/versions/${json.version}/wasm`]) {
      expect((await network.send("GET", `/plugins/mine${path}`, { headers })).status).toBe(200);
      expect((await network.send("GET", `/plugins/theirs${path}`, { headers })).status).toBe(403);
    }
    for (const query of ["", "?plugin=theirs"]) {
      expect(await network.send("GET", `/events${query}`, { headers })).toMatchObject({
        status: 403,
        json: { code: "forbidden" },
      });
    }
  });

  it("calls its plugin and no other, where calls are private", async () => {
    await network.put("shop", sample());
    await network.put("till", sample());
    const { headers } = await make({ scopes: ["call"], plugins: ["shop"] }, network);
    const call = (name: string, options: object) => network.send("GET", `/call/${name}/version`, options);
    expect(await call("shop", { headers })).toMatchObject({ status: 200, json: 1 });
    expect(await call("till", { headers })).toMatchObject({ status: 403, json: { code: "forbidden" } });
    expect((await call("shop", { anonymous: true })).status).toBe(401);
    const reader = await make({ scopes: ["read", "deploy"] }, network);
    expect(await call("shop", reader)).toMatchObject({ status: 403, json: { scope: "call" } });
    expect((await network.send("GET", "/plugins/shop", { headers })).status).toBe(403);
    expect((await network.send("GET", "/healthz", { anonymous: true })).status).toBe(200);
  });
});

describe("a token that brings code", () => {
  const patch = (name: string, body: unknown, headers = {}) =>
    host.send("PATCH", `/plugins/${name}`, {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });

  it("gives no authority, not with the first upload either, and hears what it would need", async () => {
    const { id, headers } = await make({ scopes: ["deploy"], plugins: ["t7-*"] });
    const first = await host.send("PUT", "/plugins/t7-new?grant=clocks", { ...wasm, headers });
    expect(first).toMatchObject({
      status: 403,
      json: {
        code: "forbidden",
        detail: `grants.clocks needs the scope grant; the token ${id} has deploy.`,
        subject: "grants.clocks",
        scope: "grant",
        needs: [{ scope: "grant", paths: ["grants.clocks"] }],
        remedy: expect.stringContaining("hotcell token new --scope deploy --scope grant"),
      },
    });
    expect(first.headers.get("www-authenticate")).toBe(
      'Bearer realm="hotcell", error="insufficient_scope", scope="grant"',
    );
    expect((await host.send("GET", "/plugins/t7-new")).status).toBe(404);
    await host.put("t7-new", sample());
    const raised = await patch("t7-new", { limits: { memory: 2 ** 30 }, grants: { clocks: true } }, headers);
    expect(raised).toMatchObject({
      status: 403,
      json: {
        detail: `limits.memory needs the scope configure; grants.clocks needs the scope grant; the token ${id} has deploy.`,
        scope: "configure grant",
      },
    });
    expect((await host.send("GET", "/plugins/t7-new")).json).toMatchObject({
      revision: 1,
      settings: { grants: {}, limits: { memory: 64 * 2 ** 20 } },
    });
  });

  it("does not bring back by a rollback what was withdrawn, nor by removing the plugin", async () => {
    const { headers } = await make({ scopes: ["deploy"] });
    await host.put("t8", sample(), "?grant=clocks");
    await host.put("t8", sample({ version: 2 }));
    await patch("t8", { grants: { clocks: null }, placement: "process" });
    expect(await host.send("POST", "/plugins/t8/rollback", { headers })).toMatchObject({
      status: 200,
      json: { settings: { grants: {}, placement: "process" } },
    });
    expect(await host.send("DELETE", "/plugins/t8", { headers })).toMatchObject({
      status: 403,
      json: { scope: "configure" },
    });
  });
});

it("a wrong token is not looked at where none is needed", async () => {
  const headers = { authorization: "Bearer wrong" };
  expect((await host.send("GET", "/plugins", { headers })).status).toBe(200);
});

it("one that has expired says so, and when", async () => {
  const { id, headers } = await make({ scopes: ["read"], expiresIn: 60 });
  expect((await host.send("GET", "/events?after=x", { headers })).status).toBe(400);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  const late = await host.send("GET", "/events?after=x", { headers }).finally(() => vi.useRealTimers());
  expect(late).toMatchObject({
    status: 401,
    json: {
      code: "unauthorized",
      detail: expect.stringMatching(`^The token ${id} expired at \\d{4}-\\S+Z\\.$`),
    },
  });
  expect(late.headers.get("www-authenticate")).toBe('Bearer realm="hotcell", error="invalid_token"');
});
