/**
 * The contract of a capability: something a plugin may be granted by name. Its life: settings are checked at
 * deploy (`check`), then every cell is supplied with host functions of its own (`supply`).
 */
import type { HostFunction } from "../engine/engine.ts";

/** One line that a plugin wrote. */
export interface LogLine {
  readonly plugin: string;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "critical";
  readonly context: string;
  readonly message: string;
}

/** Whom a capability serves. */
export interface Recipient {
  readonly plugin: string;
  readonly log: (line: LogLine) => void;
}

export interface CapabilityFunction {
  /** The WIT type the host offers; an import that declares another is refused (`import-mismatch`). */
  readonly type: string;
  readonly call: HostFunction;
}

export interface Capability {
  /** The name it is granted by. */
  readonly name: string;
  /** What a refused plugin's owner reads: what the grant allows. */
  readonly allows: string;
  /** The interfaces it supplies, without version. */
  readonly interfaces: readonly string[];
  /** Whether it implements this version of its interfaces; `undefined` is an import without one. */
  supports(version: string | undefined): boolean;
  /** Throws HotcellError `bad-settings` for settings it can't honour; `true` is the plain grant. */
  check(settings: unknown): void;
  /** Host functions for one cell, by interface (without version) and WIT name. `settings` passed `check`. */
  supply(
    settings: unknown,
    recipient: Recipient,
  ): Readonly<Record<string, Readonly<Record<string, CapabilityFunction>>>>;
}

/** WASI 0.2 promises that 0.2.x releases only add. */
export function isWasi02(version: string | undefined): boolean {
  return version !== undefined && /^0\.2\.\d+$/.test(version);
}
