/**
 * The interfaces of `wit/` that a plugin may export to take part in its own deployment: `hotcell:plugin/lifecycle` and
 * `hotcell:plugin/state`. They are the host's to call, never a client's.
 */
import type { Cell } from "../engine/engine.ts";
import { ComponentError, HotcellError, TrapError } from "../errors.ts";
import type { Placement } from "../placement/placement.ts";
import { writtenOut } from "../wit/brief.ts";
import { sameFunctionType } from "../wit/equal.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { parseFunctionType } from "../wit/expression.ts";
import { parseInterfaceId } from "../wit/names.ts";

const contracts = {
  "lifecycle#init": "func(config: list<tuple<string, string>>) -> result<_, string>",
  "lifecycle#health": "func() -> result<_, string>",
  "state#save": "func() -> list<u8>",
  "state#restore": "func(from-version: string, state: list<u8>) -> result<_, string>",
} as const;
type Contract = keyof typeof contracts;

/** Whether a function belongs to one of these interfaces. */
export function isLifecycle({ interface: owner }: ExportedFunction): boolean {
  return owner !== undefined && parseInterfaceId(owner)?.package === "hotcell:plugin";
}

/** Those of a plugin's functions that its deployment calls. */
export type LifecycleFunctions = ReadonlyMap<Contract, ExportedFunction>;

/** Throws `lifecycle-mismatch` for a function of these interfaces with another type than theirs. */
export function lifecycleFunctions(functions: readonly ExportedFunction[]): LifecycleFunctions {
  return new Map(
    functions.filter(isLifecycle).map((own) => {
      const name = `${parseInterfaceId(own.interface ?? "")?.name}#${own.name}`;
      const contract = Object.hasOwn(contracts, name) ? contracts[name as Contract] : undefined;
      if (contract !== undefined && sameFunctionType(parseFunctionType(contract), own.type)) {
        return [name as Contract, own];
      }
      throw new HotcellError(
        "lifecycle-mismatch",
        `${own.key} is ${writtenOut(own.type)}, which the host can't call.`,
        {
          subject: own.key,
          expected: contract ?? `one of ${Object.keys(contracts).join(", ")}`,
          remedy: "Build the plugin against the host's own wit/ folder.",
        },
      );
    }),
  );
}

/** Tells a new cell its configuration, before anything else runs in it. Throws `init-failed`. */
export function initialiser(
  functions: LifecycleFunctions,
  config: Readonly<Record<string, string>>,
): ((cell: Cell) => void) | undefined {
  const init = functions.get("lifecycle#init");
  if (!init) return undefined;
  const entries = Object.entries(config);
  return (cell) => {
    const outcome = cell.function(init.key)(entries) as { tag: "ok" } | { tag: "err"; val: string };
    if (outcome.tag === "ok") return;
    cell.dispose();
    throw refusal("init-failed", "The plugin refuses its configuration", outcome.val);
  };
}

export interface Lifecycle {
  /** Throws `unhealthy`. */
  requireHealth(): void;
  /** The state to hand over; undefined for a plugin that hands none over. Throws TrapError. */
  save(): Uint8Array | undefined;
  /** Whether `restore` does something. */
  readonly restores: boolean;
  /** Takes over what another version saved. Throws `restore-failed`. */
  restore(fromVersion: string, state: Uint8Array): void;
}

export function bindLifecycle(functions: LifecycleFunctions, placement: Placement): Lifecycle {
  const bind = (name: Contract) => {
    const own = functions.get(name);
    return own && placement.bind(own.key, own.type);
  };
  const [health, save, restore] = [bind("lifecycle#health"), bind("state#save"), bind("state#restore")];
  return {
    requireHealth: () => orRefuse("unhealthy", "The plugin says it is not healthy", () => health?.([])),
    save: () => save?.([]) as Uint8Array | undefined,
    restores: restore !== undefined,
    restore: (fromVersion, state) =>
      orRefuse("restore-failed", "The plugin can't take over the state of the live version", () =>
        restore?.([fromVersion, state]),
      ),
  };
}

function orRefuse(code: "unhealthy" | "restore-failed", what: string, call: () => unknown): void {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof ComponentError) throw refusal(code, what, String(thrown.payload));
    if (thrown instanceof TrapError) throw refusal(code, what, thrown.message);
    throw thrown;
  }
}

function refusal(
  code: "init-failed" | "unhealthy" | "restore-failed",
  what: string,
  why: string,
): HotcellError {
  return new HotcellError(code, `${what}: ${why}`, {
    remedy: "What was live keeps serving, with its state. Mend the new version and upload it again.",
  });
}
