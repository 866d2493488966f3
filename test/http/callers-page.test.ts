/** The callers' page, held against a running host: every form in it is sent, and every word of a refusal is compared. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type ErrorCode, HotcellError } from "../../host/errors.ts";
import { sameJson } from "../../host/wit/json/json-function.ts";
import { guest } from "../guests/hostile-text.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import type { Answer } from "../support/test-host.ts";
import { echoes } from "./echoes.ts";

const page = readFileSync(new URL("../../docs/calling.md", import.meta.url), "utf8");

/** Rows of the table with this header. */
function table(...header: readonly string[]): string[][] {
  const lines = page.split("\n");
  const first = lines.indexOf(`| ${header.join(" | ")} |`);
  expect(first, header.join()).toBeGreaterThan(0);
  const rest = lines.slice(first + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith("|")),
    )
    .map(cells);
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

/** `a` or `a` → `b`, several with breaks between them. */
function entries(cell: string): [string, string | undefined][] {
  if (cell === "") return [];
  return cell.split("<br>").map((entry) => {
    const [all, from, to] = /^`([^`]+)`(?: → `([^`]+)`)?$/.exec(entry) ?? [];
    expect(all, `in the table: ${entry}`).toBe(entry);
    return [from!, to];
  });
}

const definitions = /```wit\n([^`]+)```/.exec(page)![1]!;
const types = table("WIT", "JSON, both ways", "also taken", "refused").map(([type, both, also, refused]) => ({
  type: type!.slice(1, -1),
  both: entries(both!).map(([json]) => json),
  also: entries(also!),
  refused: entries(refused!),
}));

const host = await hostOfFile();
beforeAll(async () => {
  const component = echoes(
    definitions,
    types.map(({ type }) => type),
  );
  expect(await host.put("forms", component)).toMatchObject({ status: 201 });
  await host.send("PATCH", "/plugins/forms", {
    body: '{"mode":"fresh"}',
    headers: { "content-type": "application/json" },
  });
  expect((await host.put("calc", sample())).status).toBe(201);
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  host.send("POST", `/call/${path}`, {
    body,
    headers: { "content-type": "application/json", ...headers },
    anonymous: true,
  });

it("has a row for every kind of type, and a form both ways in each", () => {
  const kinds = types.map(({ type }) => type.replace(/<.*/, ""));
  const named = ["point", "shape", "color", "perms"];
  const primitive = [
    "bool",
    "u8",
    "s8",
    "u16",
    "s16",
    "u32",
    "s32",
    "u64",
    "s64",
    "f32",
    "f64",
    "char",
    "string",
  ];
  for (const kind of [...primitive, ...named, "list", "tuple", "option", "result"])
    expect(kinds).toContain(kind);
  for (const { both, refused } of types) {
    expect(both.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
  }
});

describe.each(types.map((row, i) => ({ ...row, path: `forms/types/echo-${i}` })))("$type", (row) => {
  it("is taken and answered as the page says", async () => {
    const forms = [...row.both.map((json) => [json, json] as const), ...row.also];
    for (const [sent, back] of forms) {
      for (const body of [`{"v":${sent}}`, `[${sent}]`]) {
        const answer = await post(row.path, body);
        expect(answer.status, `${body}: ${answer.text}`).toBe(200);
        expect(sameJson(answer.json, JSON.parse(`[${back}]`)), `${body}: ${answer.text}`).toBe(true);
      }
    }
  });

  it("is refused in the words of the page, with the JSON to send", async () => {
    for (const [sent, words] of row.refused) {
      const named = await post(row.path, `{"v":${sent}}`);
      expect(named).toMatchObject({
        status: 400,
        json: { code: "bad-argument", detail: words, remedy: expect.stringContaining("In JSON: ") },
      });
      expect((await post(row.path, `[${sent}]`)).json.detail).toBe(words!.replace(/^v/, "[0]"));
    }
  });
});

/** Codes that are of no call in itself: of uploads and settings (the start of a plugin among them), tokens, building, embedding, the store and starting a host. */
const ofOthers =
  `not-wasm core-module malformed-component invalid-component unsupported-feature component-limit unsafe-name
  unknown-import import-mismatch trial-failed checks-failed init-failed unhealthy save-failed state-loss restore-failed
  lifecycle-mismatch import-not-granted incompatible bad-link has-dependants bad-settings bad-plugin-name bad-type-expression version-not-found
  token-not-found route-taken already-exists stale-revision nothing-to-roll-back bundled process-denied no-wit invalid-wit build-option
  build-failed no-plugin-folder other-wit folder-not-empty no-such-file no-host symbol-not-found symbol-type store-unavailable
  store-full store-corrupt bucket-not-found key-not-found stale-value over-quota data-in-use data-kept store-too-new tool-missing cancelled bad-files file-not-found
  contract-unmet contract-clash contract-breaks contract-in-use contract-limit contract-not-found
  bad-reference registry-not-allowed image-not-found bad-image image-damaged registry-denied registry-failed registry-busy registry-timeout
  rollout-failed rollout-stopped rollout-under-way`.split(/\s+/);

describe("errors", () => {
  const rows = table("`code`", "status", "when").map(([code, status]) => ({
    code: code!.slice(1, -1) as ErrorCode,
    status: Number(status),
  }));

  it("are all that a call can end with", () => {
    const source = readFileSync(new URL("../../host/errors.ts", import.meta.url), "utf8");
    const catalogue = /^const catalogue = \{([\s\S]+?)^\} as const/m.exec(source)![1]!;
    const codes = [...catalogue.matchAll(/^ {2}"?([a-z-]+)"?: \{/gm)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(70);
    const listed: string[] = rows.map(({ code }) => code);
    expect(codes.filter((code) => !listed.includes(code)).toSorted()).toEqual(ofOthers.toSorted());
  });

  it.each(rows)("$code has the status $status", ({ code, status }) => {
    expect(new HotcellError(code, "").status).toBe(status);
  });

  const limits = (plugin: string, value: object) =>
    host.send("PATCH", `/plugins/${plugin}`, {
      body: JSON.stringify({ limits: value }),
      headers: { "content-type": "application/json" },
    });
  const tries: [ErrorCode, () => Promise<Answer>][] = [
    ["bad-json", () => post("calc/add", "[1,")],
    ["bad-argument", () => post("calc/add", "[1]")],
    ["not-callable", () => host.send("GET", `/call/forms/types/echo-${types.length - 1}?v=1`)],
    ["bad-request", () => host.send("GET", "/call/calc/echo?text=%ff")],
    ["unauthorized", () => host.send("PUT", "/plugins/calc", { anonymous: true })],
    [
      "cross-site",
      () => host.send("POST", "/call/calc/version", { headers: { origin: "http://evil.example" } }),
    ],
    ["plugin-not-found", () => post("clac/add", "[1,2]")],
    ["function-not-found", () => post("calc/ad", "[1,2]")],
    ["route-not-found", () => host.send("GET", "/calls")],
    ["method-not-allowed", () => host.send("PUT", "/call/calc/add")],
    ["unsupported-media-type", () => post("calc/add", "[1,2]", { "content-type": "text/plain" })],
    ["unsupported-coding", () => post("calc/add", "[1,2]", { "content-encoding": "deflate" })],
    ["guest-error", () => post("calc/divide", "[1,0]")],
    ["trap", () => post("calc/boom", "[]")],
    [
      "argument-too-large",
      async () => {
        await limits("calc", { argumentBytes: 10 });
        const answer = await post("calc/echo", '["0123456789"]');
        await limits("calc", { argumentBytes: null });
        return answer;
      },
    ],
    ["too-large", () => post("calc/echo", `["${"x".repeat(9_000_000)}"]`)],
    [
      "out-of-fuel",
      async () => {
        await host.put("endless", guest('(func (export "go") (loop (br 0)))')());
        return post("endless/go", "[]");
      },
    ],
  ];

  it.each(tries)("%s is what comes of it", async (code, act) => {
    const answer = await act();
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({
      code,
      status: rows.find((row) => row.code === code)!.status,
      title: expect.any(String),
      detail: expect.any(String),
      ...(code !== "guest-error" && code !== "trap" && { remedy: expect.any(String) }),
    });
  });
});

describe("what else the page says", () => {
  it("outcomes are answered so", async () => {
    expect(await post("calc/add", "[1,2]")).toMatchObject({ status: 200, json: 3 });
    expect(await post("calc/nothing", "")).toMatchObject({ status: 204, text: "" });
    expect(await post("calc/divide", "[4,2]")).toMatchObject({ status: 200, json: 2 });
    expect((await post("calc/divide", "[4,0]")).json.payload).toBe("divide by zero");
    for (const body of ["[]", "{}", ""]) expect((await post("calc/version", body)).json).toBe(1);
    for (const path of ["add-up", "math/add-up", "math/addUp", "demo:calc/math@1.0.0/add-up"]) {
      expect((await post(`calc/${path}`, "[1,2]")).json).toBe(3);
    }
  });

  it("two members of one name: the last counts", async () => {
    expect((await post("calc/add", '{"a":1,"a":2,"b":3}')).json).toBe(5);
  });

  it("queries carry scalars", async () => {
    expect((await host.send("GET", "/call/calc/echo?text=Zo%C3%AB")).json).toBe("Zoë");
    const path = (type: string) => `/call/forms/types/echo-${types.findIndex((row) => row.type === type)}`;
    for (const [type, query, back] of [
      ["bool", "v=true", true],
      ["s16", "v=-5", -5],
      ["u64", "v=18446744073709551615", "18446744073709551615"],
      ["f64", "v=NaN", "NaN"],
      ["char", "v=%C3%A9", "é"],
      ["color", "v=dark-blue", "dark-blue"],
      ["list<u8>", "v=a-_0", "a+/0"],
      ["list<string>", "v=a&v=b", ["a", "b"]],
      ["list<string>", "", []],
      ["option<string>", "", null],
      ["option<string>", "v=null", "null"],
    ] as const) {
      expect((await host.send("GET", `${path(type)}?${query}`)).json, type).toEqual([back]);
    }
    for (const type of ["point", "shape", "perms", "tuple<u8, string>", "option<option<string>>", "result"]) {
      expect((await host.send("GET", `${path(type)}?v=1`)).json, type).toMatchObject({
        code: "not-callable",
        remedy: expect.stringContaining("POST the arguments as JSON: "),
      });
    }
  });
});

it("is linked by the README", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(readme).toContain("(docs/calling.md)");
  expect(readme).toMatch(/`shared`[^\n]*one call at a time/);
});
