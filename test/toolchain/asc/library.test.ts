/** AssemblyScript's library, held against JavaScript's: where it is wrong, plugins send wrong values in silence. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plugin } from "../../../host/embedding/plugin-api.ts";
import { open } from "../../../host/open.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

const functions = {
  "replace-all": "replaceAll(a, b)",
  replace: "replace(a, b)",
  "pad-start": "padStart(n, b)",
  "pad-end": "padEnd(n, b)",
  slice: "slice(n - 4, n)",
  substring: "substring(n - 4, n)",
  trim: "trim()",
  "trim-start": "trimStart()",
  "trim-end": "trimEnd()",
  "split-join": "split(a).join(b)",
  repeat: "repeat(n)",
  concat: "concat(a).concat(b)",
  positions: "indexOf(a).toString()",
  "last-positions": "lastIndexOf(a).toString()",
  begins: "startsWith(a, n / 8).toString()",
  ends: "endsWith(a).toString()",
} as const;
const type = "func(text: string, a: string, b: string, n: s32) -> string";

/** Of an array, whatever its kind. */
const changes = {
  fill: "fill(a, b, c)",
  "copy-within": "copyWithin(a, b, c)",
} as const;
const kinds = {
  list: "Array<i32>",
  fixed: "StaticArray<i32>",
  typed: "Int32Array",
  bytes: "Int8Array",
} as const;
const changeType = "func(items: list<s32>, a: s32, b: s32, c: s32) -> list<s32>";
const changed = Object.keys(changes).flatMap((change) =>
  Object.keys(kinds).map((kind) => `${change}-${kind}`),
);

let plugin: Plugin;

beforeAll(async () => {
  const names = Object.keys(functions);
  const camel = (name: string) => name.replace(/-(.)/g, (_, c: string) => c.toUpperCase());
  const wasm = await buildComponent({
    files: {
      "wit/world.wit": `package demo:strings;\nworld strings {\n${names.map((name) => `export ${name}: ${type};`).join("\n")}
${changed.map((name) => `export ${name}: ${changeType};`).join("\n")}\n}`,
      "assembly/index.ts": [
        ...Object.entries(functions).map(
          ([name, code]) =>
            `export function ${camel(name)}(text: string, a: string, b: string, n: i32): string { return text.${code}; }`,
        ),
        ...Object.entries(changes).flatMap(([change, code]) =>
          Object.entries(kinds).map(
            ([
              kind,
              array,
            ]) => `export function ${camel(`${change}-${kind}`)}(list: Int32Array, a: i32, b: i32, c: i32): Int32Array {
              const copy = new ${array}(list.length);
              for (let i = 0; i < list.length; i++) copy[i] = ${kind === "bytes" ? "<i8>" : ""}list[i];
              copy.${code};
              for (let i = 0; i < list.length; i++) list[i] = copy[i];
              return list;
            }`,
          ),
        ),
      ].join("\n"),
    },
  });
  plugin = await open(wasm);
});

afterAll(async () => {
  await plugin.close();
  removeTemporaryFolders();
});

/** Texts of few different characters, so that they are found in one another; the same at every run. */
function* cases(): Iterable<readonly [string, string, string, number]> {
  let state = 1;
  const random = (end: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  const text = (most: number) =>
    Array.from({ length: random(most + 1) }, () => 'ab "&\n'[random(6)]).join("");
  yield ['"&', "&", "&amp;", 3];
  yield ["&", "&", "&amp;&amp;&amp;", 3];
  for (let i = 0; i < 500; i++) yield [text(12), text(2), text(i % 5 === 0 ? 60 : 6), random(30)];
}

test.each(Object.entries(functions))("%s", (name, code) => {
  const ours = plugin.lookup(name).as<(text: string, a: string, b: string, n: number) => string>(type);
  const expected = new Function(
    "text",
    "a",
    "b",
    "n",
    `return text.${code.replace("n / 8", "Math.trunc(n / 8)")}`,
  );
  for (const args of cases()) expect(ours(...args), JSON.stringify(args)).toBe(expected(...args));
});

test.each(changed)("%s", (name) => {
  const ours = plugin
    .lookup(name)
    .as<(list: Int32Array, a: number, b: number, c: number) => Int32Array>(changeType);
  const code = Object.entries(changes).find(([change]) => name.startsWith(change))![1];
  const expected = new Function("list", "a", "b", "c", `return list.${code}`);
  const ends = [-9, -4, -1, 0, 1, 3, 9];
  for (let length = 0; length < 6; length++) {
    const list = Int32Array.from({ length }, (_, i) => i + 1);
    for (const a of ends)
      for (const b of ends)
        for (const c of ends) {
          const said = `${list} ${a} ${b} ${c}`;
          expect([...ours(list, a, b, c)], said).toEqual([...expected(Int32Array.from(list), a, b, c)]);
        }
  }
});
