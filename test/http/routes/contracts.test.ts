/** Contracts over HTTP: what is sent and shown, and what whoever asks may not do or know. */
import { beforeAll, describe, expect, it } from "vitest";
import { contractBounds } from "../../../host/bounds/contract-bounds.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";

/** Reached over a network, where nobody reads without a token. */
const host = await hostOfFile({ address: "0.0.0.0" });
const adding = componentTypeOf(
  dummyModule("package acme:contracts; world plugin { export add: func(a: u32, b: u32) -> u32; }"),
);
const wasm = { "content-type": "application/wasm" };
const bytesOf = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
const put = (path: string, body: Uint8Array, headers: Record<string, string> = wasm) =>
  host.send("PUT", `/contracts/${path}`, { body: bytesOf(body), headers });
const answer = async (sent: ReturnType<typeof put>) => {
  const { status, json } = await sent;
  return [status, json] as const;
};

beforeAll(async () => {
  for (const name of ["sum-a", "other"]) await host.registry.deploy(name, sample());
  expect((await put("adding?plugins=sum-*&plugins=other", adding)).status).toBe(201);
});

describe("a contract", () => {
  it("is shown as it was put, and caches ask for it again", async () => {
    expect((await answer(host.send("GET", "/contracts/adding")))[1]).toMatchObject({
      ...{ name: "adding", version: 1, versions: [1], users: ["other", "sum-a"] },
      ...{ plugins: ["other", "sum-*"], who: "admin" },
    });
    const text = await host.send("GET", "/contracts/adding/wit?version=1");
    expect(text.text).toContain("export add: func(a: u32, b: u32) -> u32;");
    const file = await host.send("GET", "/contracts/adding/wasm");
    expect(file.headers.get("cache-control")).toBe("private, no-cache");
    expect(file.headers.get("content-length")).toBe(`${adding.length}`);
  });

  it("is told only as far as a token may know of plugins", async () => {
    const { token } = await host.tokens.create({ scopes: ["deploy"], plugins: ["sum-*"] }, "test");
    const headers = { authorization: `Bearer ${token}` };
    const [, seen] = await answer(host.send("GET", "/contracts/adding", { headers }));
    expect(seen).toMatchObject({ plugins: ["sum-*"], users: ["sum-a"] });
    expect((await host.send("GET", "/contracts", { headers })).text).not.toContain("other");
    for (const [method, path] of [
      ["PUT", "/contracts/adding"],
      ["PUT", "/contracts/adding?dry-run"],
      ["DELETE", "/contracts/adding"],
    ] as const)
      expect((await host.send(method, path, { headers })).status).toBe(403);
  });

  const wrong: [path: string, bytes: Uint8Array, status: number, code: string][] = [
    ["__proto__", adding, 400, "bad-plugin-name"],
    ["a.b", adding, 400, "bad-plugin-name"],
    [`${"x".repeat(64)}`, adding, 400, "bad-plugin-name"],
    ["bad", Buffer.from("no wasm"), 400, "not-wasm"],
    ["bad", adding.subarray(0, adding.length - 3), 400, "malformed-component"],
    ["bad", new Uint8Array(contractBounds.bytes.value + 1), 413, "too-large"],
    ["bad?plugins=**", adding, 400, "bad-request"],
    ["bad?plugins=A", adding, 400, "bad-plugin-name"],
    ["bad?version=2", adding, 400, "bad-request"],
    [`bad?${"plugins=p&".repeat(contractBounds.patterns.value + 1)}`, adding, 400, "bad-request"],
  ];
  it.each(wrong.map((row) => [row[0].slice(0, 40), ...row] as const))(
    "is not put as %s",
    async (_, path, bytes, status, code) => {
      const [got, problem] = await answer(put(path, bytes));
      expect([got, problem.code]).toEqual([status, code]);
      expect(host.registry.contracts.list().map(({ name }) => name)).toEqual(["adding"]);
    },
  );

  const unknown: [path: string, status: number, code: string][] = [
    ["__proto__", 404, "contract-not-found"],
    ["constructor", 404, "contract-not-found"],
    [`${"x".repeat(5000)}`, 404, "contract-not-found"],
    ["adding/wit?version=2", 404, "contract-not-found"],
    ["adding/wit?version=0", 400, "bad-request"],
    ["adding/wasm?version=x", 400, "bad-request"],
    ["adding/wasm?version=1&version=1", 400, "bad-request"],
  ];
  it.each(unknown.map((row) => [row[0].slice(0, 40), ...row] as const))(
    "is not read as %s",
    async (_, path, status, code) => {
      const [got, problem] = await answer(host.send("GET", `/contracts/${path}`));
      expect([got, problem.code]).toEqual([status, code]);
      expect(JSON.stringify(problem).length).toBeLessThan(1000);
    },
  );
});

describe("an upload", () => {
  it("answers what it is held to, and is refused with all that it misses", async () => {
    const headers = { authorization: "Bearer test-token", ...wasm };
    const upload = (bytes: Uint8Array, query = "") =>
      answer(host.send("PUT", `/plugins/sum-a${query}`, { body: bytesOf(bytes), headers }));
    expect(await upload(sample({ without: ["add"] }), "?dry-run&allow-breaking")).toMatchObject([
      409,
      { code: "contract-unmet", contract: "adding@1", contracts: [{ contract: "adding@1", by: "pattern" }] },
    ]);
    expect(await upload(sample({ version: 2 }), "?dry-run")).toMatchObject([
      200,
      { outcome: "planned", contracts: [{ name: "adding", version: 1, by: "pattern" }] },
    ]);
  });
});
