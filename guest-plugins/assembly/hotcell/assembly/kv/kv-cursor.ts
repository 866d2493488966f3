// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/** Cursors of both drafts of wasi:keyvalue: the first has numbers, the second texts. */
import { Option } from "wit-types";

/** Cursor as the draft of `like` has it. */
export function cursorOf<T>(like: T, text: string | null): T {
  if (isString<T>()) return changetype<T>(text);
  return changetype<T>(text === null ? Option.none<u64>() : Option.some<u64>(U64.parseInt(text)));
}

export function textOfCursor<T>(cursor: T): string | null {
  if (isString<T>()) return changetype<string | null>(cursor);
  const number = changetype<Option<u64>>(cursor);
  return number.isSome ? number.unwrap().toString() : null;
}
