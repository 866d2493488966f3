/** Calls with keys of several hosts, which keep their answers together. */
import { createHash } from "node:crypto";
import type { BegunCall, KeptAnswer, KeyedCall, KnownCall } from "./keyed-calls.ts";

/**
 * Calls by caller and key, claimed by the host that makes each before it does. A driver passes `test/store/calls-contract.ts`. All throw what
 * a store throws.
 */
export interface SharedCalls {
  /**
   * Claims a call for a host, by its id, which makes it now; or tells what is known of the key. Throws `too-many-requests` where the room of
   * who sends it is full. Whoever has died with a call under way is still told as its maker.
   */
  claim(call: KeyedCall, maker: string): Promise<BegunCall | KnownCall>;
}

/** Name of a caller and key that tells neither. */
export function idOfCall({ caller, key }: KeyedCall): string {
  return createHash("sha256")
    .update(JSON.stringify([caller ?? null, key]))
    .digest("hex");
}

/** Answer as it is written, without its body. */
export interface WrittenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: "text" | "bytes" | "none";
}

/** Answer as texts and bytes, for what keeps these. */
export function writtenAnswer({ status, headers, body }: KeptAnswer): {
  readonly answer: WrittenAnswer;
  readonly bytes: Uint8Array<ArrayBuffer>;
} {
  const form = typeof body === "string" ? "text" : body ? "bytes" : "none";
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : (body ?? new Uint8Array());
  return { answer: { status, headers, body: form }, bytes };
}

export function readAnswer({ status, headers, body }: WrittenAnswer, bytes: Uint8Array): KeptAnswer {
  const whole = () => new Uint8Array(bytes);
  return {
    status,
    headers,
    body: body === "text" ? Buffer.from(bytes).toString() : body === "bytes" ? whole() : undefined,
  };
}
