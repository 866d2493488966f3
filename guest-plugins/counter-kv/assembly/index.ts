import { KvBucket, KvKeys } from "hotcell/assembly/kv";

/** The plugin's only bucket: what lies there outlasts this cell, this version and the host. */
const counters = new KvBucket();

/** One step for all cells, so that none of two callers at once is lost. */
export function increment(name: string, by: i64): i64 {
  return counters.increment(name, by);
}

export function value(name: string): i64 {
  return counters.getNumber(name);
}

/** Replaces what was read only: who counts meanwhile is counted. */
export function reset(name: string): i64 {
  const edit = counters.edit(name);
  let before: i64;
  do {
    const text = edit.text;
    before = text === null ? 0 : I64.parseInt(text);
    if (before == 0) {
      edit.drop();
      break;
    }
  } while (!edit.set("0"));
  return before;
}

export function names(): string[] {
  const names: string[] = [];
  for (let part: KvKeys | null = counters.keys(); part; part = part.next()) {
    for (let i = 0; i < part.keys.length; i++) names.push(part.keys[i]);
  }
  return names;
}
