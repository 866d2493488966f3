/** Remedies of requests that change plugins, as whoever sent them reads them: what they say can be sent. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { startTestHost } from "../../support/test-host.ts";

const host = await hostOfFile({ ceilings: { memory: 1_048_576 } });
beforeAll(async () => {
  expect((await host.put("calc", sample())).status).toBe(201);
});

const send = (method: string, path: string, body: unknown) =>
  host.send(method, path, {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });

describe("settings", () => {
  it.each([
    [{ limits: { fuel: "100" } }, "Give a number, without quotes."],
    [{ limits: { fuel: 1 } }, "Give 1000 or more."],
    [{ limits: { queue: 1.5 } }, "Give a whole number."],
    [{ limits: { queue: 1e9 } }, "Give 100000 or less."],
    [
      { limits: { memory: 1e12 } },
      "Ask for less, or ask the host's owner to raise the ceiling (HOTCELL_CEILINGS).",
    ],
    [{ limits: [] }, "Give an object, such as {}."],
    [{ env: [] }, "Give an object, such as {}."],
    [{ grants: [] }, "Give an object, such as {}."],
    [{ rate: 10 }, "Give an object with requests."],
    [{ routes: ["/shop"] }, "Give an object with path."],
    [{ routes: [{ path: "/a" }, { path: "/a" }] }, "Give a route that none before it in the list claims."],
    [{ mode: "frehs" }, "Did you mean fresh?"],
    [{ mode: "other" }, 'Give "shared" or "fresh".'],
    [{ env: { A: 7 } }, 'Give a string, or { "secret": a string }.'],
    [[], 'Send an object, such as {"mode":"fresh"}.'],
  ])("%j", async (patch, remedy) => {
    expect(await send("PATCH", "/plugins/calc", patch)).toMatchObject({ status: 400, json: { remedy } });
  });

  it("beyond all there can be are told this host's ceiling, which is taken", async () => {
    const { json } = await send("PATCH", "/plugins/calc", { limits: { memory: 1e12 } });
    expect(json).toMatchObject({ code: "bad-settings", limit: 1_048_576, actual: 1e12 });
    expect((await send("PATCH", "/plugins/calc", { limits: { memory: json.limit } })).status).toBe(200);
  });
});

describe("patterns of plugins' names", () => {
  it.each([
    ["/plugins?name=**", "name"],
    ["/events?plugin=a*b*", "plugin"],
  ])("%s", async (path, subject) => {
    const { status, json } = await host.send("GET", path);
    expect({ status, json }).toMatchObject({ status: 400, json: { code: "bad-request", subject } });
  });
});

it("an Authorization that is not one Bearer token is told so, and not shown", async () => {
  for (const authorization of ["Basic c2VjcmV0", "secret", "Bearer", "Bearer secret, Bearer secret"]) {
    const { status, json, text } = await host.send("DELETE", "/plugins/calc", {
      headers: { authorization },
      anonymous: true,
    });
    expect({ status, json }).toMatchObject({
      status: 401,
      json: { detail: "This request needs a token, and its Authorization header is not one Bearer token." },
    });
    expect(text).not.toMatch(/c2VjcmV0|secret/);
  }
});

it("checks that are a list are told their form", async () => {
  const body = new FormData();
  body.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]), "a.wasm");
  body.set("checks", "[]");
  expect(await host.send("PUT", "/plugins/calc", { body })).toMatchObject({
    status: 400,
    json: { remedy: 'Send an object, such as {"calls":[…]}.' },
  });
});

describe("other bodies", () => {
  it.each([
    ["/plugins/calc/rollback", { too: "a" }, "Did you mean to? Known: to."],
    ["/plugins/calc/rollback", { to: 7 }, 'Send {"to":"sha256:…"}'],
    ["/plugins/calc/rollback", [], 'Send an object, such as {"to":…}.'],
    [
      "/tokens",
      { scope: ["read"] },
      "Did you mean scopes? Known: name, scopes, plugins, expiresAt, expiresIn.",
    ],
    ["/tokens", { scopes: ["raed"] }, "Did you mean read?"],
    [
      "/tokens",
      { scopes: ["x"] },
      'Send such as {"scopes":["deploy"],"plugins":["shop"]}; on the command line: hotcell token new --scope deploy --plugin shop.',
    ],
    ["/tokens", { scopes: "read" }, 'Send {"scopes":["deploy"]}.'],
    ["/tokens", { scopes: ["read"], plugins: "a" }, 'Send {"plugins":["shop"]}.'],
    ["/tokens", { scopes: ["read"], name: 7 }, 'Send {"name":"text"}.'],
  ])("%s %j", async (path, body, remedy) => {
    expect(await send("POST", path, body)).toMatchObject({
      status: 400,
      json: { code: "bad-request", remedy: expect.stringContaining(remedy) },
    });
  });
});

it("bodies that are too large are told whose limit it is", async () => {
  const large = new Uint8Array(65 * 1024 * 1024);
  const form = new FormData();
  form.set("plugin", new Blob([large]), "a.wasm");
  for (const [answer, name] of [
    [
      await host.send("POST", "/call/calc/echo", {
        body: large,
        headers: { "content-type": "application/json" },
      }),
      "argumentBytes",
    ],
    [await host.put("calc", large), "componentBytes"],
    [await host.send("PUT", "/plugins/calc", { body: form }), "componentBytes"],
  ] as const) {
    expect(answer).toMatchObject({
      status: 413,
      json: { code: "too-large", remedy: expect.stringContaining(`limits.${name} (HOTCELL_CEILINGS)`) },
    });
  }
});

it("settings are no smaller for a small ceiling of arguments", async () => {
  const small = await startTestHost({ ceilings: { argumentBytes: 100 }, limits: { json: 100 } });
  try {
    expect((await small.put("calc", sample())).status).toBe(201);
    const body = JSON.stringify({ env: { TEXT: "x".repeat(1_000) } });
    const headers = { "content-type": "application/json" };
    expect((await small.send("PATCH", "/plugins/calc", { body, headers })).status).toBe(200);
    expect((await small.send("POST", "/call/calc/echo", { body, headers })).json).toMatchObject({
      code: "too-large",
      limit: 100,
    });
  } finally {
    await small.close();
  }
});

describe("an upload that is compressed, without a word of it,", () => {
  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])("is told to say %s, and then is taken", async (coding, compress) => {
    const bytes = new Uint8Array(compress(sample()));
    const form = new FormData();
    form.set("plugin", new Blob([bytes]), "a.wasm.gz");
    for (const answer of [
      await host.put("calc", bytes),
      await host.send("PUT", "/plugins/calc", { body: form }),
    ]) {
      expect(answer).toMatchObject({
        status: 400,
        json: { code: "not-wasm", remedy: expect.stringContaining(`Content-Encoding: ${coding}`) },
      });
    }
    expect((await host.put("calc", bytes, "", { "content-encoding": coding })).status).toBe(200);
  });
});
