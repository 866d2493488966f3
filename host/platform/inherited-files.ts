/**
 * Files that whoever started this process has left open for it, and for all that it starts: a shell, a supervisor, an embedder. Node opens its own
 * so that they end with it, and closes none of those for the processes that it starts; only the first few, which it finds by counting up.
 */

import type { StdioOptions } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

/** `O_CLOEXEC` of Linux. */
const endsWithProcess = 0o2_000_000;

let found: readonly number[] | undefined;

/**
 * Result of `start` with files for a process that inherits no others: those of `stdio`, and nothing in the place of each file that would be passed
 * on. Other systems than Linux pass none on; under Node's permission model, where `/proc` can't be read, it is as Node does it.
 */
export function withoutInherited<T>(stdio: StdioEntries, start: (stdio: StdioEntries) => T): T {
  found ??= process.platform === "linux" ? inherited() : [];
  const foreign = found.filter((descriptor) => descriptor >= stdio.length);
  if (foreign.length === 0) return start(stdio);
  const nothing = openSync("/dev/null", "r");
  try {
    const all: StdioEntry[] = [...stdio];
    for (const descriptor of foreign) {
      while (all.length < descriptor) all.push("ignore");
      all.push(nothing);
    }
    return start(all);
  } finally {
    closeSync(nothing);
  }
}

type StdioEntry = Exclude<StdioOptions, string>[number];
export type StdioEntries = readonly StdioEntry[];

/** Descriptors, rising, in whose place there can be another. What this process opens later is its own. */
function inherited(): number[] {
  try {
    // Whoever opened one may have been allowed more: nothing is put in the place of such a number.
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1]);
    return readdirSync("/proc/self/fdinfo")
      .map(Number)
      .filter((descriptor) => descriptor > 2 && !(descriptor >= limit) && passesOn(descriptor))
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function passesOn(descriptor: number): boolean {
  try {
    const [, flags = ""] =
      /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1")) ?? [];
    return flags !== "" && (Number.parseInt(flags, 8) & endsWithProcess) === 0;
  } catch {
    // The one by which the folder is read.
    return false;
  }
}
