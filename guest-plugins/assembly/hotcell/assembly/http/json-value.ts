// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { JsonReader } from "./json-reader";
import { quoted } from "./json-text";

enum Kind {
  Null,
  False,
  True,
  Number,
  String,
  Array,
  Object,
}

/**
 * JSON as a value: read from a text, or made and written as one. What is asked of a value that is of another kind, or
 * is not there, is null or the fallback that is given, so that bodies of any shape are read without a look at each step.
 */
@final export class Json {
  private constructor(
    private kind: Kind,
    private number: f64 = 0,
    private text: string = "",
    private items: Array<Json> | null = null,
    private members: Map<string, Json> | null = null,
  ) {}

  /** Null for what is no JSON (RFC 8259), or is nested deeper than 200. */
  static parse(text: string): Json | null {
    const reader = new JsonReader(text);
    const value = reader.value(0);
    return value !== null && reader.isAtEnd() ? value : null;
  }

  /** A text, a number, a bool, an array of such, or a Json as it is. */
  static of<T>(value: T): Json {
    if (isString<T>()) return Json.string(value as string);
    if (isBoolean<T>()) return new Json(value ? Kind.True : Kind.False);
    if (isInteger<T>() || isFloat<T>()) return Json.numberOf(<f64>value, isInteger<T>() ? value.toString() : "");
    if (isArray<T>()) {
      const array = Json.array();
      for (let i = 0; i < value.length; i++) array.push(value[i]);
      return array;
    }
    return value as Json;
  }
  static object(): Json {
    return new Json(Kind.Object, 0, "", null, new Map());
  }
  static array(): Json {
    return new Json(Kind.Array, 0, "", []);
  }
  static get null(): Json {
    return new Json(Kind.Null);
  }
  /** For the reader, which knows the kind already. */
  static string(text: string): Json {
    return new Json(Kind.String, 0, text);
  }
  /** `written`: as it stands in a text, where it does; else as f64 is written. */
  static numberOf(value: f64, written: string): Json {
    return new Json(Kind.Number, value, written);
  }

  /** Sets a member of an object, and gives the object again. */
  set<T>(key: string, value: T): Json {
    assert(this.kind == Kind.Object, "only an object has members to set");
    this.members!.set(key, Json.of<T>(value));
    return this;
  }

  /** Adds an element to an array, and gives the array again. */
  push<T>(value: T): Json {
    assert(this.kind == Kind.Array, "only an array has elements to push");
    this.items!.push(Json.of<T>(value));
    return this;
  }

  get isNull(): bool {
    return this.kind == Kind.Null;
  }
  get isObject(): bool {
    return this.kind == Kind.Object;
  }
  get isArray(): bool {
    return this.kind == Kind.Array;
  }
  get isString(): bool {
    return this.kind == Kind.String;
  }
  get isNumber(): bool {
    return this.kind == Kind.Number;
  }

  /** A member of an object: `Json.null` where it is none or has no such, so that `value.get("a").get("b")` always works. */
  get(key: string): Json {
    const members = this.members;
    return members && members.has(key) ? members.get(key) : Json.null;
  }
  has(key: string): bool {
    const members = this.members;
    return members !== null && members.has(key);
  }
  /** Keys of an object in their order; none of anything else. */
  keys(): string[] {
    const members = this.members;
    return members ? members.keys() : [];
  }
  /** An element of an array, or `Json.null`. */
  at(index: i32): Json {
    const items = this.items;
    return items && <u32>index < <u32>items.length ? items[index] : Json.null;
  }
  /** Number of elements or members. */
  get length(): i32 {
    const items = this.items;
    const members = this.members;
    return items ? items.length : members ? members.size : 0;
  }

  /** Its text, or null where it is no string. */
  asString(): string | null {
    return this.kind == Kind.String ? this.text : null;
  }
  stringOr(fallback: string): string {
    return this.kind == Kind.String ? this.text : fallback;
  }
  numberOr(fallback: f64): f64 {
    return this.kind == Kind.Number ? this.number : fallback;
  }
  /** A whole number that i64 holds, exactly: also beyond what f64 tells apart. */
  integerOr(fallback: i64): i64 {
    if (this.kind != Kind.Number) return fallback;
    const written = this.text;
    if (isWhole(written)) return I64.parseInt(written);
    const number = this.number;
    return number == Math.floor(number) && Math.abs(number) < 9007199254740992.0 ? <i64>number : fallback;
  }
  boolOr(fallback: bool): bool {
    return this.kind == Kind.True ? true : this.kind == Kind.False ? false : fallback;
  }

  /** The value as JSON, without spaces. Numbers that JSON does not have are null. */
  toString(): string {
    switch (this.kind) {
      case Kind.Null:
        return "null";
      case Kind.False:
        return "false";
      case Kind.True:
        return "true";
      case Kind.Number:
        return this.text.length ? this.text : numberText(this.number);
      case Kind.String:
        return quoted(this.text);
    }
    const members = this.members;
    if (members) {
      const keys = members.keys();
      for (let i = 0; i < keys.length; i++) keys[i] = quoted(keys[i]) + ":" + members.get(keys[i]).toString();
      return "{" + keys.join(",") + "}";
    }
    return "[" + this.items!.map<string>((item) => item.toString()).join(",") + "]";
  }
}

function numberText(value: f64): string {
  if (!isFinite(value)) return "null";
  const text = value.toString();
  return text.endsWith(".0") ? text.substring(0, text.length - 2) : text;
}

/** At most 18 digits, with or without a sign: what i64 holds whatever they are. */
function isWhole(text: string): bool {
  const from = text.startsWith("-") ? 1 : 0;
  if (text.length == from || text.length - from > 18) return false;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
