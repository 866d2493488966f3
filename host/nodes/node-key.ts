/** Key by which the hosts of a store know one another: made by the first of them, and kept in the store for all. */
import { randomBytes } from "node:crypto";
import { Secret } from "../capabilities/secret.ts";
import type { SharedRegisters } from "../store/store.ts";

export async function nodeKey(registers: SharedRegisters): Promise<Secret> {
  for (;;) {
    const kept = await registers.get("key", "nodes");
    if (kept) return new Secret((JSON.parse(kept.text) as { readonly key: string }).key);
    // Refused where another host was first.
    await registers.put("key", "nodes", JSON.stringify({ key: randomBytes(32).toString("base64") }), 0);
  }
}
