import { Bucket, Error as StoreError, open } from "wasi:keyvalue/store@0.2.0-draft";
import { Result, Unit } from "wit-types";
import { Statistics } from "wit-world";
import { Cache } from "./cache";

const cache = new Cache(64);
let hits: u32 = 0;
let misses: u32 = 0;

// A handle stays open from call to call until it is dropped.
let bucket: Bucket | null = null;

function opened(): Result<Bucket, StoreError> {
  const known = bucket;
  if (known) return Result.ok<Bucket, StoreError>(known);
  const result = open("default");
  if (result.isOk) bucket = result.unwrap();
  return result;
}

export function get(key: string): Result<string | null, string> {
  if (cache.has(key)) {
    hits++;
    return Result.ok<string | null, string>(cache.get(key));
  }
  misses++;
  const store = opened();
  if (store.isErr) return Result.err<string | null, string>(explain(store.unwrapErr()));
  const found = store.unwrap().get(key);
  if (found.isErr) return Result.err<string | null, string>(explain(found.unwrapErr()));
  const bytes = found.unwrap();
  const text = bytes ? String.UTF8.decode(bytes.buffer) : null;
  cache.set(key, text);
  return Result.ok<string | null, string>(text);
}

export function set(key: string, value: string): Result<Unit, string> {
  const store = opened();
  if (store.isErr) return failed(store.unwrapErr());
  const stored = store.unwrap().set(key, Uint8Array.wrap(String.UTF8.encode(value)));
  if (stored.isErr) return failed(stored.unwrapErr());
  cache.set(key, value);
  return Result.ok<Unit, string>();
}

export function delete_(key: string): Result<Unit, string> {
  const store = opened();
  if (store.isErr) return failed(store.unwrapErr());
  const deleted = store.unwrap().delete(key);
  if (deleted.isErr) return failed(deleted.unwrapErr());
  cache.set(key, null);
  return Result.ok<Unit, string>();
}

export function clear(): void {
  cache.clear();
  const known = bucket;
  if (known) known.drop();
  bucket = null;
}

export function statisticsSoFar(): Statistics {
  return new Statistics(hits, misses, cache.size);
}

function failed(error: StoreError): Result<Unit, string> {
  return Result.err<Unit, string>(explain(error));
}

function explain(error: StoreError): string {
  if (error.isNoSuchStore) return "there is no store named default";
  return error.isAccessDenied ? "access to the store was denied" : error.asOther();
}
