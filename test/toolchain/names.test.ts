/** Names that AssemblyScript reserves or has as globals: an underscore where it can't do without, and nowhere else. */

import { afterAll, describe, expect, test } from "vitest";
import { open } from "../../host/open.ts";
import { build, removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

/** Words of JavaScript, TypeScript and AssemblyScript, and names of AssemblyScript's globals, as WIT writes them. */
const words =
  `abort abs abstract any arguments array as assert async await bigint bool boolean break case catch
  changetype class const constructor continue date debugger declare default delete do else enum error eval export
  extends f32 f64 false finally for from function get heap i16 i32 i64 i8 if implements import in infer instanceof
  interface is isize keyof length let load map math memory module name namespace never new null number object of
  override package private protected prototype public readonly reinterpret require return self set static store
  string super switch symbol tag this throw trace true try type typeof u16 u32 u64 u8 undefined unique unknown
  unreachable usize v128 value var void while with yield`.split(/\s+/);

/** What WIT names so is written with an underscore in AssemblyScript. */
const underscored = {
  parameter: `arguments async await break case catch class const continue debugger default delete do else enum eval
    export extends false finally for function if implements import in instanceof interface let new null of override
    package private protected public return static super switch this throw true try typeof undefined var void while
    with yield`,
  field: "abstract constructor declare override private protected public readonly static",
  method: "abstract constructor declare override private protected public readonly static",
  case: "constructor override readonly",
};

const camel = (wit: string) => wit.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const pascal = (wit: string) => wit[0]!.toUpperCase() + camel(wit).slice(1);
const written = (kind: keyof typeof underscored, word: string) =>
  underscored[kind].split(/\s+/).includes(word) ? `${word}_` : camel(word);

async function built(world: string, source: string) {
  const { component, output } = await build({
    files: { "wit/world.wit": `package demo:names;\n${world}`, "assembly/index.ts": source },
    options: ["--runtime", "stub"],
  });
  expect(output).toBe("");
  return open(component!);
}

describe("all at once", () => {
  test("fields", async () => {
    const fields = words.map((word) => `%${word}: u8`);
    await using plugin = await built(
      `world w { record all { ${fields.join(", ")} } export sum: func(all: all) -> u32; }`,
      `import { All } from "wit-world";
       export function sum(all: All): u32 {
         const copy = new All(${words.map((word) => `all.${written("field", word)}`).join(", ")});
         return ${words.map((word) => `copy.${written("field", word)}`).join(" + ")};
       }`,
    );
    const sum = plugin
      .lookup("sum")
      .as<(all: object) => number>(`func(all: record { ${fields.join(", ")} }) -> u32`);
    expect(sum(Object.fromEntries(words.map((word) => [camel(word), 2])))).toBe((2 * words.length) % 256);
  });

  test("cases and members of enums", async () => {
    const cases = words.map((word, i) => (i % 2 ? `%${word}(string)` : `%${word}`));
    const enums = words.map((word) => `%${word}`);
    await using plugin = await built(
      `world w { variant all { ${cases.join(", ")} } enum one { ${enums.join(", ")} } export turn: func(all: all, one: one) -> all; }`,
      `import { All, One } from "wit-world";
       export function turn(all: All, one: One): All {
         ${words
           .map((word, i) => {
             const factory = `All.${written("case", word)}`;
             const call =
               i % 2
                 ? `all.is${pascal(word)} ? ${factory}(all.as${pascal(word)}()) : ${factory}("")`
                 : `${factory}()`;
             return `if (one == One.${pascal(word)}) return ${call};`;
           })
           .join("\n")}
         return all;
       }`,
    );
    const type = `func(all: variant { ${cases.join(", ")} }, one: enum { ${enums.join(", ")} }) -> variant { ${cases.join(", ")} }`;
    const turn = plugin.lookup("turn").as<(all: object, one: string) => { tag: string }>(type);
    for (const word of words) expect(turn({ tag: "abort" }, word).tag).toBe(word);
  });

  test("parameters, functions of an interface, and static functions and methods of a resource", async () => {
    const functions = words.map((word) => `%${word}: func(%${word}: string) -> string;`);
    const members = words.flatMap((word) => [
      // `self` is what WIT calls `this`.
      `%m-${word}: func(%${word === "self" ? "me" : word}: string) -> string;`,
      `%${word}: ${word.length % 2 ? "static " : ""}func(a: u8) -> u8;`,
    ]);
    const text = `interface i { ${functions.join("\n")} resource thing { constructor(); ${members.join("\n")} } }`;
    const called = words.map((word) => {
      const name = written(word.length % 2 ? "case" : "method", word);
      return word.length % 2 ? `Thing.${name}(1)` : `thing.${name}(1)`;
    });
    const { output, component } = await build({
      files: {
        "wit/world.wit": `package demo:names;\n${text} world w { import i; export go: func() -> u32; }`,
        "assembly/index.ts": `import * as imported from "demo:names/i";
          import { Thing } from "demo:names/i";
          export function go(): u32 {
            const thing = new Thing();
            let text = "";
            ${words.map((word) => `text += thing.m${pascal(word)}("x");`).join("\n")}
            return ${called.join(" + ")} + imported.load("x").length + imported.number("x").length + text.length;
          }`,
      },
      options: ["--runtime", "stub"],
    });
    expect(output).toBe("");
    expect(component).toBeDefined();
  });
});

test("a function that hides a type beside it, or a word that is none's name, has an underscore", async () => {
  await using plugin = await built(
    "world w { export %string: func(%string: string) -> string; export %new: func() -> u8; export load: func() -> u8; export number: func() -> u8; }",
    `export function string_(string: string): string { return string + "!"; }
     export function new_(): u8 { return 1; }
     export function load(): u8 { return 2; }
     export function number(): u8 { return 3; }`,
  );
  expect(plugin.lookup("string").as<(text: string) => string>("func(string) -> string")("a")).toBe("a!");
  const byte = (name: string) => plugin.lookup(name).as<() => number>("func() -> u8")();
  expect([byte("new"), byte("load"), byte("number")]).toEqual([1, 2, 3]);
});

test("types have an underscore where generated code says their name", async () => {
  const { output } = await build({
    files: {
      "wit/world.wit": `package demo:names; interface i {
          record %string { x: u8 } record %object { x: u8 } record %map { x: u8 } record %error { x: u8 } record %array { x: list<u8>, y: list<string> }
          record %option { x: option<u8> } record %result { r: result<u8, string> } record uint8-array { x: list<u8> }
          f: func(a: %string, b: %object, c: %map, d: %error, e: %array, f: %option, g: %result, h: uint8-array) -> u8;
        } world w { import i; export go: func() -> u8; }`,
      "assembly/index.ts": `import { String, Object, Map, Error, Array_, Option_, Result_, Uint8Array_, f } from "demo:names/i";
        import { Result } from "wit-types";
        export function go(): u8 {
          return f(new String(1), new Object(1), new Map(1), new Error(1), new Array_(), new Option_(),
            new Result_(Result.ok<u8, string>(1)), new Uint8Array_());
        }`,
    },
    options: ["--runtime", "stub"],
  });
  expect(output).toBe("");
});

test("the name that the memory has in a core module is refused for a function of the world", async () => {
  const { output, component } = await build({
    files: {
      "wit/world.wit": "package demo:names; world w { export memory: func() -> u8; }",
      "assembly/index.ts": "export function memory(): u8 { return 7; }",
    },
  });
  expect(component).toBeUndefined();
  expect(output).toContain(
    "The world exports the function memory, but a core module exports its memory under that name.",
  );
  await using plugin = await built(
    "world w { export i: interface { memory: func() -> u8; } }",
    "export function memory(): u8 { return 7; }",
  );
  expect(plugin.lookup("i/memory").as<() => number>("func() -> u8")()).toBe(7);
});
