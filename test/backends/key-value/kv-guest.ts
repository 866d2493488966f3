/** A guest that uses buckets in each way that a draft of `wasi:keyvalue` has; errors come as texts. */
import { buildProbe } from "../../support/capability-probe.ts";

const world = (version: string, more: string) => `
  import wasi:keyvalue/store@${version};
  import wasi:keyvalue/atomics@${version};
  import wasi:keyvalue/batch@${version};
  export get: func(bucket: string, key: string) -> result<option<list<u8>>, string>;
  export set: func(bucket: string, key: string, value: list<u8>) -> result<_, string>;
  export set-large: func(bucket: string, key: string, size: u32) -> result<_, string>;
  export set-mine: func(key: string, size: u32) -> result<_, string>;
  export set-large-key: func(size: u32) -> result<_, string>;
  export remove: func(bucket: string, key: string) -> result<_, string>;
  export exists: func(bucket: string, key: string) -> result<bool, string>;
  export count-keys: func(bucket: string) -> result<u32, string>;
  export get-all: func(keys: list<string>) -> result<list<option<tuple<string, list<u8>>>>, string>;
  export set-all: func(entries: list<tuple<string, list<u8>>>) -> result<_, string>;
  export delete-all: func(keys: list<string>) -> result<_, string>;
  ${more}`;

const source = (version: string) => `
import { Bucket, open, Error as KvError } from "wasi:keyvalue/store@${version}";
import { getMany, setMany, deleteMany } from "wasi:keyvalue/batch@${version}";
import { Result, Unit, Option, Tuple2 } from "wit-types";

function told(e: KvError): string {
  return e.isNoSuchStore ? "no-such-store" : e.isAccessDenied ? "access-denied" : e.asOther();
}
function passed<T>(r: Result<T, KvError>): Result<T, string> {
  return r.isOk ? Result.ok<T, string>(r.unwrap()) : Result.err<T, string>(told(r.unwrapErr()));
}
function bucketOf(name: string): Bucket { return open(name).unwrap(); }

export function get(bucket: string, key: string): Result<Uint8Array | null, string> {
  const opened = open(bucket);
  if (opened.isErr) return Result.err<Uint8Array | null, string>(told(opened.unwrapErr()));
  const b = opened.unwrap();
  const found = passed<Uint8Array | null>(b.get(key));
  b.drop();
  return found;
}
export function set(bucket: string, key: string, value: Uint8Array): Result<Unit, string> {
  const b = bucketOf(bucket);
  const done = passed<Unit>(b.set(key, value));
  b.drop();
  return done;
}
export function setLarge(bucket: string, key: string, size: u32): Result<Unit, string> {
  return set(bucket, key, new Uint8Array(size));
}
export function setMine(key: string, size: u32): Result<Unit, string> {
  return set("default", key, new Uint8Array(size));
}
export function setLargeKey(size: u32): Result<Unit, string> {
  return set("default", "k".repeat(size), new Uint8Array(1));
}
export function remove(bucket: string, key: string): Result<Unit, string> {
  const b = bucketOf(bucket);
  const done = passed<Unit>(b.delete(key));
  b.drop();
  return done;
}
export function exists(bucket: string, key: string): Result<bool, string> {
  const b = bucketOf(bucket);
  const done = passed<bool>(b.exists(key));
  b.drop();
  return done;
}
export function getAll(keys: Array<string>): Result<Array<Tuple2<string, Uint8Array> | null>, string> {
  return passed<Array<Tuple2<string, Uint8Array> | null>>(getMany(bucketOf(""), keys));
}
export function setAll(entries: Array<Tuple2<string, Uint8Array>>): Result<Unit, string> {
  return passed<Unit>(setMany(bucketOf(""), entries));
}
export function deleteAll(keys: Array<string>): Result<Unit, string> {
  return passed<Unit>(deleteMany(bucketOf(""), keys));
}
`;

const first = `
import { increment } from "wasi:keyvalue/atomics@0.2.0-draft";
export function add(bucket: string, key: string, delta: u64): Result<u64, string> {
  const b = bucketOf(bucket);
  const sum = passed<u64>(increment(b, key, delta));
  b.drop();
  return sum;
}
export function countKeys(bucket: string): Result<u32, string> {
  const b = bucketOf(bucket);
  let count: u32 = 0;
  let cursor = Option.none<u64>();
  while (true) {
    const page = b.listKeys(cursor);
    if (page.isErr) return Result.err<u32, string>(told(page.unwrapErr()));
    count += page.unwrap().keys.length;
    cursor = page.unwrap().cursor;
    if (cursor.isNone) break;
  }
  b.drop();
  return Result.ok<u32, string>(count);
}
export function listFrom(cursor: u64): Result<u32, string> {
  const page = bucketOf("").listKeys(Option.some<u64>(cursor));
  return page.isErr ? Result.err<u32, string>(told(page.unwrapErr())) : Result.ok<u32, string>(page.unwrap().keys.length);
}
`;

const second = `
import { increment, swap, Cas } from "wasi:keyvalue/atomics@0.2.0-draft2";
export function add(bucket: string, key: string, delta: i64): Result<i64, string> {
  const b = bucketOf(bucket);
  const sum = passed<i64>(increment(b, key, delta));
  b.drop();
  return sum;
}
export function countKeys(bucket: string): Result<u32, string> {
  const b = bucketOf(bucket);
  let count: u32 = 0;
  let cursor: string | null = null;
  while (true) {
    const page = b.listKeys(cursor);
    if (page.isErr) return Result.err<u32, string>(told(page.unwrapErr()));
    count += page.unwrap().keys.length;
    cursor = page.unwrap().cursor;
    if (cursor === null) break;
  }
  b.drop();
  return Result.ok<u32, string>(count);
}
export function listFrom(cursor: string): Result<u32, string> {
  const page = bucketOf("").listKeys(cursor);
  return page.isErr ? Result.err<u32, string>(told(page.unwrapErr())) : Result.ok<u32, string>(page.unwrap().keys.length);
}
/** Appends to a text until nobody else does meanwhile; tells how often it tried. */
export function append(key: string, text: string): Result<u32, string> {
  const b = bucketOf("");
  const made = Cas.new(b, key);
  if (made.isErr) return Result.err<u32, string>(told(made.unwrapErr()));
  let cas = made.unwrap();
  for (let tries: u32 = 1; tries < 100; tries++) {
    const now = cas.current().unwrap();
    const before = now === null ? "" : String.UTF8.decode((now as Uint8Array).buffer);
    const done = swap(cas, Uint8Array.wrap(String.UTF8.encode(before + text)));
    if (done.isOk) {
      b.drop();
      return Result.ok<u32, string>(tries);
    }
    const error = done.unwrapErr();
    if (error.isStoreError) return Result.err<u32, string>(told(error.asStoreError()));
    cas = error.asCasFailed();
  }
  return Result.err<u32, string>("never");
}
/** Sets the key between the making of a handle and its swap. */
export function overtaken(key: string): bool {
  const b = bucketOf("");
  const cas = Cas.new(b, key).unwrap();
  b.set(key, new Uint8Array(1)).unwrap();
  const error = swap(cas, new Uint8Array(2)).unwrapErr();
  const again = error.asCasFailed();
  return error.isCasFailed && swap(again, new Uint8Array(3)).isOk;
}
`;

export const drafts = {
  "0.2.0-draft": () =>
    buildProbe(
      world(
        "0.2.0-draft",
        `export add: func(bucket: string, key: string, delta: u64) -> result<u64, string>;
         export list-from: func(cursor: u64) -> result<u32, string>;`,
      ),
      source("0.2.0-draft") + first,
      ["0.2.0-draft"],
    ),
  "0.2.0-draft2": () =>
    buildProbe(
      world(
        "0.2.0-draft2",
        `export add: func(bucket: string, key: string, delta: s64) -> result<s64, string>;
         export list-from: func(cursor: string) -> result<u32, string>;
         export append: func(key: string, text: string) -> result<u32, string>;
         export overtaken: func(key: string) -> bool;`,
      ),
      source("0.2.0-draft2") + second,
    ),
};
