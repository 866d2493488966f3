// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * What `*.spec.ts` files beside a plugin import as "hotcell/spec". `hotcell test` compiles them with the plugin, and calls
 * each test in a cell of its own.
 */

const list = new Array<string>();
const bodies = new Array<() => void>();

/** A test: it passes when `body` returns. `hotcell test` writes the last three arguments. */
export function test(name: string, body: () => void, file: string = "", line: i32 = 0, column: i32 = 0): void {
  add("passes", name, body, file, line, column);
}

/** A test that passes when `body` traps: by `throw`, a failed `assert`, or otherwise. */
export function traps(name: string, body: () => void, file: string = "", line: i32 = 0, column: i32 = 0): void {
  add("traps", name, body, file, line, column);
}

/** Ends the test unless both are the same: numbers, strings, arrays by their elements, objects by their `==`. */
export function equal<T>(actual: T, expected: T, file: string = "", line: i32 = 0, column: i32 = 0): void {
  if (!same<T>(actual, expected)) {
    abort("expected " + shown<T>(expected) + ", got " + shown<T>(actual), file, line, column);
  }
}

/** Four texts a test: how it ends, its name, its file, its line and column. */
export function listed(): string[] {
  return list;
}

export function runListed(index: i32): void {
  bodies[index]();
}

function add(kind: string, name: string, body: () => void, file: string, line: i32, column: i32): void {
  list.push(kind);
  list.push(name);
  list.push(file);
  list.push(line.toString() + ":" + column.toString());
  bodies.push(body);
}

function same<T>(a: T, b: T): bool {
  if (isFloat<T>()) return a == b || (a != a && b != b);
  if (!isReference<T>()) return a == b;
  if (changetype<usize>(a) == changetype<usize>(b)) return true;
  if (changetype<usize>(a) == 0 || changetype<usize>(b) == 0) return false;
  if (isString<T>()) return a == b;
  if (isNullable<T>()) return same(a!, b!);
  if (isArrayLike<T>()) {
    if (a.length != b.length) return false;
    for (let i = 0; i < a.length; i++) {
      if (!same<valueof<T>>(a[i], b[i])) return false;
    }
    return true;
  }
  return a == b;
}

function shown<T>(value: T): string {
  if (isReference<T>()) {
    if (changetype<usize>(value) == 0) return "null";
    if (isString<T>()) return quoted(changetype<string>(value));
    if (isNullable<T>()) return shown(value!);
    if (isArrayLike<T>()) {
      let text = "";
      for (let i = 0; i < value.length; i++) {
        if (i > 0) text += ", ";
        if (text.length > 1000) return "[" + text + "…]";
        text += shown<valueof<T>>(value[i]);
      }
      return "[" + text + "]";
    }
    if (isDefined(value.toString)) return value.toString();
    return nameof<T>() + " that is another object";
  }
  return value.toString();
}

function quoted(text: string): string {
  return '"' + text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") + '"';
}
