import type { BackendClient } from "../../backends/backend.ts";
import type { CellContext } from "../capability.ts";
import type { GuestExchange } from "./guest-exchange.ts";

/** Cell as its resources of `wasi:http` know it. */
export interface HttpCell extends CellContext {
  /** Exchange that it answers at present. */
  exchange: GuestExchange | undefined;
  /** Backend that sends its requests; undefined where it may send none. */
  readonly client: BackendClient | undefined;
}
