/** Things that serving a request needs besides the request. */
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Handler } from "../../registry/api.ts";

/** Handler of requests, as a registry gives it for a plugin that serves HTTP. */
export type ExchangeHandler = Pick<Handler, "limits" | "handleSoon" | "putOff">;

/** Things that serving needs besides a handler and a place. */
export interface ServingOptions {
  readonly heap: HeapAccount | undefined;
  readonly logFault: (error: unknown) => void;
  /** Address of the API, if everybody reaches it. */
  readonly publicUrl?: string | undefined;
  /** Called with the number of fields that an answer lost for its origin's sake. */
  readonly dropped?: ((fields: number) => void) | undefined;
  /** Called with the error for which a request was refused before it reached the plugin. */
  readonly refused?: ((error: unknown) => void) | undefined;
  /** Fields that the host has to say with any answer. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** See `Site`. */
  readonly caller?: string | undefined;
  readonly prefixLength?: number | undefined;
  readonly holds?: ((path: string) => boolean) | undefined;
  /**
   * Handler that is live when a request is ready for it: another version may have taken over since the one at hand was found. Absent,
   * or undefined, where that is the one to ask.
   */
  readonly live?: (() => ExchangeHandler | undefined) | undefined;
}
