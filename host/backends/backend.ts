/**
 * The contract of a backend: the host's side of a capability, which holds state or authority, such as files or a
 * connection. It runs in the host, also where its cells run in processes, which have neither; a capability reaches it by
 * `backend(name)`, and what goes to and fro is data (`data.ts`).
 *
 * To write one: a folder here with a `Driver` in each file, a line where the host's drivers are put together
 * (`drivers.ts`), its name in its capability's `backends`, and a row in `test/backends/contract.test.ts`.
 *
 * - **ask** is answered with data, once. Its signal is aborted when its cell has ended: what is answered after that is
 *   dropped. An error of the catalogue is told to the capability as it is, by its code, message and facts; anything else
 *   is a `fault`. How long it may take is up to the driver: the call that waits for it has its own time.
 *   What it hears last is where that call comes from (deadline, trace, caller, and the signal of whoever made it), which
 *   is the host's own knowledge in both placements; undefined for what is asked beside calls.
 * - **tell** is not answered, and comes in order with everything else of its cell, also before the end of the call.
 * - **open** begins an exchange: parts go both ways until both ends have ended it, such as two bodies with their
 *   trailers. The promise that it returns ends the driver's side; its error cuts the exchange off. To its cell it is under
 *   way until that has taken the last part, or cut it off: what a cell leaves lying is counted.
 *
 * **Nothing that comes is to be believed**: a plugin that breaks out of its engine owns its process, and what it may do
 * is for the driver to judge, by the settings it was bound with. For data that its capability would not send it throws
 * `UnexpectedData` (see `expectData`): a process that sends such is ended.
 */
import * as v from "valibot";
import type { CallOrigin } from "../engine/call-context.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Soon } from "../platform/soon.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { SentFiles } from "../tree/sent-files.ts";
import type { AuditEntry } from "./audit/reach.ts";
import type { Data } from "./data.ts";
import type { Exchange } from "./exchange.ts";
import type { PluginLog } from "./log/plugin-log.ts";

/** A kind of backend as one host has it, for all its plugins. */
export interface Driver<S = unknown> {
  /** Once a deployment. */
  bind(deployment: BackendContext<S>): Backend;
  /**
   * Data that it keeps of a plugin beyond its deployments, in a few words (`3 keys in 1 bucket`); undefined where there
   * are none. Asked before the plugin is removed.
   */
  kept?(plugin: string): Promise<string | undefined>;
  /** Removes these for good. Backends that were bound for the plugin before keep nothing any more. */
  forget?(plugin: string): Promise<void>;
  /**
   * Driver that serves in its place while a version that is not live is held against its checks, and is closed after them:
   * they must change nothing that is the plugin's, nor do in the world what nobody asked of them. `asked`: they name its capability
   * among their own grants. `heap` is what it draws on. Absent, or undefined: what it does for checks is what it does for calls.
   */
  forChecks?(asked: boolean, heap: HeapAccount): Driver<S> | undefined;
  /** With the host, when no deployment is bound any more. */
  close?(): Promise<void> | void;
}

/** Deployment as a driver knows it that is bound to it. */
export interface BackendContext<S> {
  readonly plugin: string;
  /** Settings of its capability, parsed; undefined where it is not granted and supplies what is free. */
  readonly settings: S | undefined;
  /** Files that came with the version; absent where none did. */
  readonly sent: SentFiles | undefined;
  /** The plugin's own log, limited and scrubbed: for lines that tell its owner what was done in its name. */
  readonly log: PluginLog;
  /** Strikes the plugin's secrets out of texts. */
  readonly scrubber: Scrubber;
  /** Whatever is kept for the plugin beyond an answer is drawn from it. Absent beside an embedder's own plugin. */
  readonly heap: HeapAccount | undefined;
  /**
   * Tells an event of the plugin's (`reached`), with its secrets struck out of texts. Entries beyond what the event log
   * has room for are dropped and counted.
   */
  audit(entry: AuditEntry): void;
  /** Adds to a figure that the plugin's details show as `counters.reach` under the capability; by 1 where nothing is said. */
  count(name: string, by?: number): void;
}

/** A backend for one deployment. Operations that it has none of are not called by its capability. */
export interface Backend {
  ask?(operation: string, data: Data, signal: AbortSignal, call?: CallOrigin): Soon<Data>;
  tell?(operation: string, data: Data): void;
  open?(operation: string, data: Data, exchange: Exchange, call?: CallOrigin): Promise<void>;
  /** With the deployment; nothing is under way any more. */
  release?(): void;
}

/** A backend as a capability uses it, for one cell or for a deployment; both bound it and end what they asked. */
export interface BackendClient {
  /**
   * Data at once where the driver has it at once. Rejects with what the driver refuses with, and `closed` when the cell has
   * ended. Throws a TrapError at once for more
   * than may be asked at a time, and `no-capacity`.
   */
  ask(operation: string, data: Data): Soon<Data>;
  tell(operation: string, data: Data): void;
  /** Throws what `ask` throws. */
  exchange(operation: string, data: Data): Exchange;
}

/** Data that a driver's own capability would not have sent. */
export class UnexpectedData extends Error {}

/** Data in a schema's shape. Throws `UnexpectedData`. */
export function expectData<const S extends v.GenericSchema>(schema: S, data: Data): v.InferOutput<S> {
  const result = v.safeParse(schema, data, { abortEarly: true });
  if (!result.success) throw new UnexpectedData("it sent data of the wrong shape");
  return result.output;
}
