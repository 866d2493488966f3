import type { Context } from "hono";
import type { Services } from "../../services.ts";
import type { Asked } from "../route.ts";
import type { RpcMessage } from "./json-rpc.ts";

/** Request about tools, and who sent it. */
export interface AskedTools extends RpcMessage {
  readonly id: string | number;
  readonly version: string;
  readonly c: Context;
  readonly services: Services;
  readonly asked: Asked;
  /** Bytes that it came in. */
  readonly bytes: number;
}
