import { HotcellError } from "../errors.ts";
import type { PluginMeter } from "../observe/plugin-meter.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { SentFiles } from "../tree/sent-files.ts";
import { type AuditEntry, type Reach, uncounted } from "./audit/reach.ts";
import type { Backend, Driver } from "./backend.ts";
import { logDriver } from "./log/log-driver.ts";
import { type LogRecipient, PluginLog } from "./log/plugin-log.ts";
import type { PluginCalls } from "./plugin-calls.ts";
import { ToldBackend } from "./told-backend.ts";

/** Drivers of the backends that a host offers, found by name. */
export type Drivers = (name: string) => Driver | undefined;

const standard: readonly (readonly [string, Driver])[] = [["log", logDriver]];

/** Data that drivers keep of plugins: what of it there is, its end, and what takes its place for checks. */
export type KeptData = Pick<HostDrivers, "kept" | "forget" | "forChecks">;

/** Drivers of one host, which keep and hold what its backends do: made when it is, and closed with it. */
export class HostDrivers {
  readonly #drivers: ReadonlyMap<string, Driver>;

  constructor(own: readonly (readonly [string, Driver])[] = []) {
    this.#drivers = new Map([...standard, ...own]);
  }

  readonly find: Drivers = (name) => this.#drivers.get(name);

  /** See `Driver.kept`: of all drivers, those that keep nothing of it left out. */
  async kept(plugin: string): Promise<readonly string[]> {
    const drivers = [...this.#drivers.values()];
    const kept = await Promise.all(drivers.map((driver) => driver.kept?.(plugin)));
    return kept.filter((each) => each !== undefined);
  }

  /** See `Driver.forget`. */
  async forget(plugin: string): Promise<void> {
    for (const driver of this.#drivers.values()) await driver.forget?.(plugin);
  }

  /** Drivers for the checks of one version, see `Driver.forChecks`: to be closed after them. `asked` is told a backend's name. */
  forChecks(asked: (backend: string) => boolean, heap: HeapAccount): HostDrivers {
    return new HostDrivers(
      [...this.#drivers].map(([name, driver]) => {
        const apart = driver.forChecks?.(asked(name), heap);
        // What is the host's is closed with the host.
        return [name, apart ?? { bind: (deployment) => driver.bind(deployment) }] as const;
      }),
    );
  }

  /** After the last cell and whatever it had under way. */
  async close(): Promise<void> {
    for (const driver of this.#drivers.values()) await driver.close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const standardDrivers = new HostDrivers();

/** Whom a plugin's cells are run for, and what they may reach. */
export interface Recipient extends LogRecipient {
  /** Drivers of this host; by default those that need no host. */
  readonly drivers?: Drivers;
  /** Keeps account of what they reach; absent where nobody does. */
  readonly reach?: Reach;
  /** Meter of what it does; absent where nobody looks. */
  readonly meter?: PluginMeter;
  /** Calls of other plugins; absent where there are none beside it. */
  readonly plugins?: PluginCalls;
  /** Files that came with the version; absent where none did, and for a plugin's process. */
  readonly sent?: SentFiles | undefined;
}

/** A backend that a deployment uses, with the settings of the capability that it serves. */
export interface BackendNeed {
  readonly name: string;
  /** Name of the capability. */
  readonly capability: string;
  readonly settings: unknown;
}

/** Backends of one deployment, bound; no other can be reached from it. */
export class BoundBackends {
  readonly #bound: ReadonlyMap<string, Backend>;

  constructor(
    needs: readonly BackendNeed[],
    recipient: Recipient,
    scrubber: Scrubber,
    heap: HeapAccount | undefined,
  ) {
    const { plugin, drivers = standardDrivers.find, reach = uncounted, sent } = recipient;
    const log = new PluginLog(recipient, scrubber);
    this.#bound = new Map(
      needs.map(({ name, capability, settings }) => {
        const driver = drivers(name);
        if (!driver) throw new HotcellError("fault", `The host has no backend "${name}".`);
        const audit = (entry: AuditEntry) => reach.audit(capability, scrubbed(entry, scrubber));
        const count = (figure: string, by = 1) => {
          reach.figure(capability, figure).value += by;
        };
        const backend = driver.bind({ plugin, settings, sent, log, scrubber, heap, audit, count });
        return [name, new ToldBackend(plugin, name, backend, recipient.meter?.backend(name))] as const;
      }),
    );
  }

  find(name: string): Backend | undefined {
    return this.#bound.get(name);
  }

  /** Throws `fault` for a backend that its capability has not named. */
  get(name: string): Backend {
    const found = this.find(name);
    if (found) return found;
    throw new HotcellError("fault", `A capability asked for the backend "${name}", which it does not name.`);
  }

  release(): void {
    for (const backend of this.#bound.values()) backend.release?.();
  }
}

function scrubbed(entry: AuditEntry, scrubber: Scrubber): AuditEntry {
  const scrubbed: Record<string, AuditEntry[string]> = { ...entry };
  for (const [name, value] of Object.entries(entry))
    if (typeof value === "string") scrubbed[name] = scrubber.scrub(value);
  return scrubbed;
}
