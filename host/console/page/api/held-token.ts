/** Token of who is signed in: in the memory of the page, and in its session's storage only where that was asked for. */
import { signal } from "@preact/signals";

const kept = "hotcell.token";

export const token = signal<string | undefined>(read());

/** Reason for which it was forgotten last. */
export const forgotten = signal<"ended" | undefined>(undefined);

export function remember(value: string, keep: boolean): void {
  token.value = value;
  forgotten.value = undefined;
  try {
    if (keep) sessionStorage.setItem(kept, value);
    else sessionStorage.removeItem(kept);
  } catch {
    // The browser keeps nothing: it is in memory alone.
  }
}

export function forget(why?: "ended"): void {
  token.value = undefined;
  forgotten.value = why;
  try {
    sessionStorage.removeItem(kept);
  } catch {}
}

function read(): string | undefined {
  try {
    return sessionStorage.getItem(kept) ?? undefined;
  } catch {
    return undefined;
  }
}
