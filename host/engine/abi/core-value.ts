/** The shapes of the closures that lift and lower one type. They are built once and shared by all cells. */
import type { Context } from "./context.ts";

/** A core value as JavaScript has it: i32, f32 and f64 as number, i64 as bigint. */
export type CoreValue = number | bigint;

/** Reads a value at an address that is known to be aligned and inside the memory. */
export type LoadValue = (cx: Context, pointer: number) => unknown;
/** Writes one there. */
export type StoreValue = (cx: Context, pointer: number, value: unknown) => void;
/** Reads a value from core values, from the one at `at` on. */
export type Lift = (cx: Context, flat: readonly CoreValue[], at: number) => unknown;
/** Writes one there. */
export type Lower = (cx: Context, value: unknown, flat: CoreValue[], at: number) => void;
