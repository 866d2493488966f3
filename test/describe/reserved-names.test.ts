/** Functions, parameters, fields and types that are called as what languages and documents keep for themselves: told and called by every door. */
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { validate } from "@readme/openapi-parser";
import { afterAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { clientOf } from "../../host/describe/client/client.ts";
import { toolName } from "../../host/describe/mcp/tool-names.ts";
import { typesOf } from "../../host/describe/typescript.ts";
import { open } from "../../host/open.ts";
import { camelCase } from "../../host/wit/wit-names.ts";
import { complaintsOfTypeScript } from "../embedding/strict-typescript.ts";
import { guest } from "../guests/hostile-text.ts";
import { hostOfFile } from "../support/hosts.ts";

const names = [
  ...[
    "constructor",
    "prototype",
    "proto",
    "to-string",
    "value-of",
    "has-own-property",
    "then",
    "name",
    "length",
  ],
  ...[
    "arguments",
    "call",
    "apply",
    "bind",
    "default",
    "delete",
    "class",
    "function",
    "await",
    "async",
    "import",
  ],
  ...[
    "export",
    "new",
    "this",
    "null",
    "true",
    "enum",
    "type",
    "properties",
    "required",
    "ref",
    "defs",
    "schema",
  ],
  ...[
    "result",
    "error",
    "ok",
    "value",
    "abort",
    "signal",
    "key",
    "url",
    "token",
    "content",
    "is-error",
    "meta",
  ],
];
const fields = ["constructor", "then", "ref", "to-string", "default"];
const given = Object.fromEntries(fields.map((field, i) => [camelCase(field), i]));

/** Each gives back its record, whose type is called `promise`. */
const odd = guest(
  `(func $f (param i32 i32 i32 i32 i32 i32) (result i32)
    ${fields.map((_, i) => `(i32.store (i32.const ${1024 + 4 * i}) (local.get ${i + 1}))`).join(" ")}
    (i32.const 1024))
  ${names.map((name) => `(export "${name}" (func $f))`).join(" ")}`,
  Object.fromEntries(
    names.map((name) => [name, `(param "${name}" u32) (param "promise" $promise) (result $promise)`]),
  ),
  {
    before: `(type $record (record ${fields.map((field) => `(field "${field}" u32)`).join(" ")}))
      (export $promise "promise" (type $record))`,
  },
)();
const argumentsOf = (name: string) => ({
  [camelCase(name)]: 1,
  ...(name !== "promise" && { promise: given }),
});

const host = await hostOfFile();
await host.registry.deploy("abort", odd, { settings: { mcp: true } });
const folder = await mkdtemp(join(tmpdir(), "hotcell-reserved-"));
afterAll(() => rm(folder, { recursive: true }));

describe("names that are reserved elsewhere", async () => {
  const document = (await host.send("GET", "/openapi.json?plugin=abort")).json;
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  await writeFile(join(folder, "client.ts"), clientOf(document, host.url));
  const { createClient } = await import(/* @vite-ignore */ pathToFileURL(join(folder, "client.ts")).href);

  it("make a document that is valid", async () => {
    const checked = await validate(structuredClone(document));
    expect(checked.valid ? [] : checked.errors).toEqual([]);
  });

  it("make types and a client that TypeScript takes in its strictest mode", async () => {
    await symlink(
      fileURLToPath(new URL("../../node_modules", import.meta.url)),
      join(folder, "node_modules"),
    );
    await writeFile(join(folder, "odd.d.ts"), typesOf(inspectComponent(odd).world, "odd.wasm"));
    await writeFile(
      join(folder, "program.ts"),
      `import type { Exports } from "./odd.d.ts";
declare const exports: Exports;
const given = exports.constructor(1, { constructor: 0, then: 1, ref: 2, toString: 3, default: 4 });
const then: number = given.then;
console.log(then);
`,
    );
    expect(await complaintsOfTypeScript(folder, ["client.ts", "program.ts"])).toBe("");
  });

  it("are called by HTTP, by clients, as tools and in code, and answer alike", async () => {
    const client = createClient({ url: host.url }).abort;
    await using plugin = await open(odd);
    for (const name of names) {
      const args = argumentsOf(name);
      expect([name, (await host.call(`abort/${name}`, args)).json]).toEqual([name, given]);
      // An object with a function of that name is taken for a promise.
      const outcome = await client[name === "then" ? "then_" : camelCase(name)](args);
      expect([name, outcome]).toEqual([name, { ok: true, value: given }]);
      const call = {
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: toolName("abort", name), arguments: args },
      };
      const { json } = await host.send("POST", "/mcp", {
        body: JSON.stringify(call),
        headers: { "content-type": "application/json" },
      });
      expect([name, json.result?.structuredContent]).toEqual([name, given]);
      expect([name, plugin.exports[camelCase(name)](1, given)]).toEqual([name, given]);
    }
  });
});
