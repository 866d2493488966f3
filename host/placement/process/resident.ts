import { readFileSync } from "node:fs";

/** Ability of a process to be asked what memory another has. Elsewhere that one has to tell. */
export const canWatchMemory = process.platform === "linux";

/** Bytes of memory that a process has resident; undefined when it has ended. */
export function residentBytes(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
