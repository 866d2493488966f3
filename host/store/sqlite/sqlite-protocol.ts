/** Requests of the store to its worker, and what they come to. */
import type { SqliteDatabase } from "./sqlite-database.ts";

export type Operation = Exclude<keyof SqliteDatabase, "dataVersion" | "close">;

export type Arguments<K extends Operation> = Parameters<SqliteDatabase[K]>;

export type Result<K extends Operation> = ReturnType<SqliteDatabase[K]>;

export interface Request {
  readonly id: number;
  /** `watch`: begin (true) or end (false) to tell of new events. `close`: the last one. */
  readonly operation: Operation | "watch" | "close";
  readonly args: readonly unknown[];
}
