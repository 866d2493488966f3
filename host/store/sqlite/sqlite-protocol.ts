/** Messages between the store and its worker. */

import type { ErrorMessage } from "../../sqlite/sqlite-errors.ts";
import type { EventRow } from "../rows.ts";
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

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: ErrorMessage;
}

/** From the worker. The first one replies to request 0, which is the opening. */
export interface Report {
  readonly replies: readonly Reply[];
  /** New ones, while watching. */
  readonly events: readonly EventRow[];
}
