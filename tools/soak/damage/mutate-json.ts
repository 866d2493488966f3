/** Damages to JSON: of its values, its shape and its text. */
import type { Random } from "./mutate-binary.ts";

/** Some JSON, given as text, with one to three damages; one time in ten it is left as it is. */
export function mutateJson(valid: string, random: Random): Uint8Array {
  let mutated: unknown = JSON.parse(valid);
  if (random(10) > 0)
    for (let changes = 1 + random(3); changes > 0; changes--) mutated = change(mutated, random);
  const text = JSON.stringify(mutated);
  return random(6) === 0 ? damage(text, random) : Buffer.from(text);
}

const odd: readonly string[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    255,
    256,
    -129,
    65_536,
    2 ** 31,
    2 ** 32,
    -(2 ** 31) - 1,
    2 ** 53,
    1e300,
    0.5,
  ],
  ...["", "a", "\ud800", "\udc00x", "\0", "\u202e", "NaN", "Infinity", "-Infinity", "18446744073709551615"],
  ...[
    "18446744073709551616",
    "-9223372036854775809",
    "1e3",
    "0x10",
    " 1",
    "AAAA",
    "A",
    "====",
    "constructor",
  ],
  ...[
    "__proto__",
    "x".repeat(3000),
    "👋",
    [],
    [[]],
    {},
    { tag: "some" },
    { tag: "ok", val: null },
    [null],
    [1, 2, 3],
  ],
  ...[{ tag: "__proto__", val: 1 }, { length: 4_000_000_000 }, { toString: 1 }, { 0: 1, length: 1 }],
].map((json) => JSON.stringify(json));
/** A copy, because it may be changed. */
const anyOdd = (random: Random): unknown => JSON.parse(odd[random(odd.length)]!);
const keys = ["__proto__", "constructor", "tag", "val", "extra", "toString", "0", "length", ""];

/** Changes the value, or one somewhere in it. */
function change(json: unknown, random: Random): unknown {
  const inside = typeof json === "object" && json !== null ? Object.keys(json) : [];
  if (inside.length === 0 || random(4) === 0) return replace(json, random);
  const key = inside[random(inside.length)]!;
  const holder = json as Record<string, unknown>;
  // Not by assignment: the key may be `__proto__`.
  const put = (name: string, value: unknown) =>
    Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
  switch (random(8)) {
    case 0:
      if (Array.isArray(json)) json.splice(random(json.length), 1);
      else delete holder[key];
      return json;
    case 1:
      if (Array.isArray(json)) json.push(structuredClone(json[random(json.length)]));
      else put(keys[random(keys.length)]!, anyOdd(random));
      return json;
    case 2:
      // The other spelling of a name.
      if (Array.isArray(json)) return Object.assign({}, json);
      put(
        key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
        holder[key],
      );
      return json;
    default:
      put(key, change(holder[key], random));
      return json;
  }
}

function replace(json: unknown, random: Random): unknown {
  if (typeof json === "number" && random(2)) return json + [1, -1, 0.5, 256, -256, 2 ** 32, 1e20][random(7)]!;
  if (typeof json === "string" && random(2)) {
    const at = random(json.length + 1);
    return json.slice(0, at) + ["\ud83d", "\0", "=", "é", "0", "\n"][random(6)]! + json.slice(at + random(2));
  }
  if (Array.isArray(json) && json.length > 0 && random(2)) {
    const element = JSON.stringify(json[0]);
    // Lists of lists of lists would become millions of elements.
    const length = random(element.length > 20 ? 3 : 200);
    return Array.from({ length }, () => JSON.parse(element) as unknown);
  }
  if (random(20) === 0) return nest(random(200), json);
  return anyOdd(random);
}

function nest(depth: number, json: unknown): unknown {
  return depth === 0 ? json : [nest(depth - 1, json)];
}

/** What is no JSON any more, or JSON that no writer would make. */
function damage(text: string, random: Random): Uint8Array {
  const at = random(text.length + 1);
  const insert = (what: string) => Buffer.from(text.slice(0, at) + what + text.slice(at));
  switch (random(8)) {
    case 0:
      return Buffer.from(text.slice(0, at));
    case 1:
      return insert(
        ["]", "[", "{", "}", ",", ":", '"', "\\", "\\u12", "null", "-", "1e999", "\u0000"][random(13)]!,
      );
    case 2: {
      const bytes = Buffer.from(text);
      bytes[random(bytes.length)] = random(256);
      return bytes;
    }
    case 3:
      return Buffer.concat([insert(""), Uint8Array.of(0xff, 0xfe)]);
    case 4:
      return Buffer.from("[".repeat(1 + random(20_000)));
    case 5:
      return Buffer.from(text.replace(/\d+/, (digits) => digits.repeat(1 + random(100))));
    case 6:
      return Buffer.from(`${" ".repeat(random(1000))}${text}\n`);
    default:
      // The same member twice: the last one counts.
      return Buffer.from(text.replace("{", '{"__proto__":{"a":1},"a":1,"a":2,'));
  }
}
