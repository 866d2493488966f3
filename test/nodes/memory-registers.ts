/** Registers of hosts in one process, and a store of theirs that has them. */
import { EventEmitter, once } from "node:events";
import { MemoryKeyValue } from "../../host/backends/key-value/memory-key-value.ts";
import type { KnownCall } from "../../host/store/keyed-calls.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { staleLease } from "../../host/store/refusals.ts";
import { idOfCall, type SharedCalls } from "../../host/store/shared-calls.ts";
import type { KeptState, SharedStates } from "../../host/store/shared-states.ts";
import type { SharedRegister, SharedRegisters, SharedStore } from "../../host/store/store.ts";

export function memoryRegisters(): SharedRegisters {
  const kept = new Map<string, SharedRegister>();
  const changes = new EventEmitter();
  let last = 0;
  return {
    get: async (kind, name) => kept.get(`${kind}/${name}`),
    async put(kind, name, text, expected) {
      const key = `${kind}/${name}`;
      if (expected !== undefined && (kept.get(key)?.seq ?? 0) !== expected) return undefined;
      const register = { seq: ++last, text };
      kept.set(key, register);
      changes.emit(kind, register);
      return register.seq;
    },
    all: async (kind) =>
      [...kept].filter(([key]) => key.startsWith(`${kind}/`)).map(([, register]) => register),
    async follow(kind, take, signal) {
      changes.on(kind, take);
      if (!signal.aborted) await once(signal, "abort");
      changes.off(kind, take);
    },
  };
}

export function memoryStates(): SharedStates {
  const kept = new Map<string, { token: number; removed: boolean; state: KeptState | undefined }>();
  return {
    async take(plugin, token) {
      const { token: last = 0, state } = kept.get(plugin) ?? {};
      if (last > token) throw staleLease(plugin);
      kept.set(plugin, { token, removed: false, state });
      return state;
    },
    async put(plugin, token, state) {
      const { token: last = 0, removed = false } = kept.get(plugin) ?? {};
      if (last > token || (last === token && removed)) return false;
      kept.set(plugin, { token, removed: false, state });
      return true;
    },
    async forget(plugin) {
      const { token } = kept.get(plugin) ?? {};
      if (token !== undefined) kept.set(plugin, { token, removed: true, state: undefined });
    },
  };
}

/** Calls with keys of hosts in one process, without bounds. */
function memorySharedCalls(): SharedCalls {
  const known = new Map<string, KnownCall>();
  return {
    async claim(call, maker) {
      const { print } = call;
      const id = idOfCall(call);
      const before = known.get(id);
      if (before) return before;
      known.set(id, { print, maker });
      return {
        settle: (answer) => void known.set(id, { print, answer }),
        drop: () => void known.delete(id),
      };
    },
  };
}

/** Store of several hosts in one process. */
export function memorySharedStore(): SharedStore {
  return {
    ...createMemoryStore(),
    registers: memoryRegisters(),
    states: memoryStates(),
    calls: memorySharedCalls(),
    keyValue: () => new MemoryKeyValue(),
  };
}
