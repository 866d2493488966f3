import { createHash } from "node:crypto";
import type { Commit, NewEvent, Store } from "../../host/store/store.ts";

export const at = "2026-11-22T10:15:02.000Z";

export function bytesOf(text: string, size = 100): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = text.charCodeAt(i % text.length) + i;
  return bytes;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A deployment of `bytes`, which are sent along. */
export function deploying(
  plugin: string,
  expected: number,
  bytes: Uint8Array,
  rest: Partial<Commit> = {},
): Commit {
  return {
    plugin,
    expected,
    live: digestOf(bytes),
    binary: { bytes, about: { size: bytes.length } },
    settings: { mode: "shared", at: expected },
    checks: null,
    at,
    who: "admin",
    outcome: expected === 0 ? "created" : "swapped",
    details: { timings: { inspect: 1.5 } },
    event: { kind: "deployed", data: { changes: [] } },
    ...rest,
  };
}

/** The same, of a version that is stored already. */
export function redeploying(plugin: string, expected: number, bytes: Uint8Array): Commit {
  return deploying(plugin, expected, bytes, { binary: undefined, outcome: "rolled back" });
}

export function removing(plugin: string, expected: number): Commit {
  return {
    plugin,
    expected,
    live: undefined,
    at,
    who: "admin",
    outcome: "removed",
    event: { kind: "removed" },
  };
}

export function note(text: string, plugin?: string): NewEvent {
  return { at, kind: "log", plugin, data: { text } };
}

/** Deploys each in turn, from revision `from`. */
export async function deployAll(
  store: Store,
  plugin: string,
  all: readonly Uint8Array[],
  from = 0,
): Promise<void> {
  for (const [i, bytes] of all.entries()) await store.commit(deploying(plugin, from + i, bytes));
}
