/**
 * Copies of the code that reads and writes records, one for each list of fields, so that each has what V8 learns to
 * itself: code that meets records of different fields takes 20 ns a field instead of 3. A copy is this project's
 * own file loaded once more. It is kept for later components with the same fields; there are never more than
 * `maxCopies`, whatever is deployed, and record types beyond share one.
 */
import { type RecordCode, code as shared } from "./record-code.ts";

/** About 13 kB each. */
const maxCopies = 64;
/** As many are made ready ahead of their use, because loading one takes about a millisecond. */
const ahead = 8;

const byFields = new Map<string, RecordCode>();
const ready: RecordCode[] = [];
let made = 0;
let making: Promise<void> | undefined;

/** To be awaited before a component's records are met: there are copies ready then, or no more to be had. */
export async function prepareRecordCode(): Promise<void> {
  if (ready.length === 0) await refill();
}

function refill(): Promise<void> {
  making ??= make().finally(() => {
    making = undefined;
  });
  return making;
}

async function make(): Promise<void> {
  while (ready.length < ahead && made < maxCopies) {
    const copy = (await import(`${shared.file}?copy=${++made}`)) as { readonly code: RecordCode };
    ready.push(copy.code);
  }
}

/** The code for records with these fields. */
export function recordCode(keys: readonly string[]): RecordCode {
  const fields = keys.join();
  let code = byFields.get(fields);
  if (code) return code;
  code = ready.pop();
  if (made < maxCopies) void refill();
  if (!code) return shared;
  byFields.set(fields, code);
  return code;
}
