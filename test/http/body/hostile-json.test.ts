/** JSON made to break readers of it: what is wrong is a 4xx, and nothing is left behind. */
import { afterEach, describe, expect, it } from "vitest";
import { component, sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
await host.put("calc", sample());
afterEach(async () => {
  expect(host.faults.splice(0)).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect((await host.call("calc/add", [40, 2])).json).toBe(42);
});

const headers = { "content-type": "application/json" };
const deep = (opening: string, closing: string, depth: number) =>
  opening.repeat(depth) + closing.repeat(depth);

const bodies: [string, string][] = [
  ["a million nested arrays", deep("[", "]", 1_000_000)],
  ["nested arrays that never end", "[".repeat(4_000_000)],
  ["nested objects", `${deep('{"a":', "", 500_000)}1${"}".repeat(500_000)}`],
  ["a nested argument", `[${deep("[", "]", 1_000_000)},1]`],
  ["a nested argument by name", `{"a":${deep("[", "]", 1_000_000)},"b":1}`],
  ["a number of many digits", `[${"9".repeat(1_000_000)},1]`],
  ["a fraction of many digits", `[1.5${"9".repeat(1_000_000)},1]`],
  ["a huge exponent", "[1e999999999,1]"],
  ["a string of many digits", `["${"9".repeat(1_000_000)}",1]`],
  ["a prototype", '{"__proto__":{"polluted":true},"a":1,"b":1}'],
  ["a constructor", '{"constructor":{"prototype":{"polluted":true}},"a":1,"b":1}'],
  ["what every object has", '{"toString":1,"hasOwnProperty":2,"valueOf":3}'],
  ["a thenable", '{"then":1,"a":1,"b":1}'],
  ["many members", `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(",")}}`],
  ["many elements", `[${"1,".repeat(1_000_000)}1]`],
  ["an array-like", '{"length":2,"0":1,"1":1}'],
  ["lone surrogates", '["\\ud800",1]'],
];

describe.each(bodies)("%s", (_, body) => {
  it.each(["calc/add", "calc/divide"])("is no arguments of %s", async (path) => {
    const { status } = await host.send("POST", `/call/${path}`, { body, headers });
    expect(status).toBe(400);
  });

  it.each(["PATCH /plugins/calc", "POST /plugins/calc/rollback", "POST /tokens"])(
    "is refused by %s",
    async (route) => {
      const [method = "", path = ""] = route.split(" ");
      const { status, text } = await host.send(method, path, { body, headers });
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(10_000);
    },
  );

  it.each(["settings", "checks"])("is refused as the field %s of an upload", async (field) => {
    const form = new FormData();
    form.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]));
    form.set(field, body);
    expect((await host.send("PUT", "/plugins/calc", { body: form })).status).toBe(400);
  });
});

it.each([
  ["env", deep("[", "]", 500_000)],
  ["grants", `{"clocks":${deep("[", "]", 500_000)}}`],
  ["limits", `{"memory":${deep("[", "]", 500_000)}}`],
  ["mode", deep("[", "]", 500_000)],
])("a setting %s that is nested is refused", async (name, value) => {
  const body = `{"${name}":${value}}`;
  expect((await host.send("PATCH", "/plugins/calc", { body, headers })).status).toBe(400);
});

it("checks whose arguments are nested are refused", async () => {
  for (const part of ["args", "returns"]) {
    const form = new FormData();
    form.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]));
    form.set("checks", `{"calls":[{"call":"version","${part}":${deep("[", "]", 500_000)}}]}`);
    expect((await host.send("PUT", "/plugins/calc", { body: form })).status).toBe(400);
  }
});

it("of two members of one name the last counts", async () => {
  expect((await host.send("POST", "/call/calc/add", { body: '{"a":1,"a":2,"b":3}', headers })).json).toBe(5);
});

describe("fields named as what JavaScript looks for in objects", () => {
  // Records, so that they come back as objects; each field a string, which is as near to a function as data gets.
  const names = ["then", "constructor", "to-string", "value-of", "to-json", "catch", "prototype"];
  const fields = names.map((name) => `(field "${name}" string)`).join(" ");
  const words = names.length * 2;
  const stores = Array.from(
    { length: words },
    (_, i) => `(i32.store (i32.const ${64 + 4 * i}) (local.get ${i}))`,
  );
  const identity = component(`
    (core module $m
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (global.get $top))
        (global.set $top (i32.and (i32.add (i32.add (local.get $at) (local.get 3)) (i32.const 7)) (i32.const -8)))
        (local.get $at))
      (func (export "same") (param ${"i32 ".repeat(words)}) (result i32)
        ${stores.join("\n")}
        (i32.const 64)))
    (core instance $i (instantiate $m))
    (alias core export $i "memory" (core memory $memory))
    (alias core export $i "realloc" (core func $realloc))
    (type $r (record ${fields}))
    (export $odd "odd" (type $r))
    (func (export "same") (param "value" $odd) (result $odd)
      (canon lift (core func $i "same") (memory $memory) (realloc $realloc)))`);

  it("are data like any other, on the way in and on the way out", async () => {
    expect((await host.put("odd", identity)).status).toBe(201);
    const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const values = names.map((name) => [camel(name), `() => ${name}`] as const);
    const odd = Object.fromEntries(values);
    expect(await host.call("odd/same", [odd])).toMatchObject({ status: 200, text: JSON.stringify(odd) });
    for (const [name] of values) {
      // What every object inherits is no field.
      const rest = Object.fromEntries(values.filter(([other]) => other !== name));
      expect((await host.call("odd/same", [rest])).status).toBe(400);
    }
  });
});
