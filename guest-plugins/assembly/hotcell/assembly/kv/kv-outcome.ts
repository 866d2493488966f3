// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Error as StoreError } from "wasi:keyvalue/store";
import { Result } from "wit-types";
import { KvError } from "./kv-error";

/** The value; traps with what the host says where there is none. */
export function succeeded<T>(result: Result<T, StoreError>, bucket: string): T {
  if (result.isErr) throw new Error(KvError.of(result.unwrapErr(), bucket).message);
  return result.unwrap();
}

/** The error; null where there is none. */
export function failure<T>(result: Result<T, StoreError>, bucket: string): KvError | null {
  return result.isErr ? KvError.of(result.unwrapErr(), bucket) : null;
}
