/**
 * The interfaces of `wit/` that a plugin may export to take part in its own deployment: `hotcell:plugin/lifecycle` and
 * `hotcell:plugin/state`. They are the host's to call, never a client's.
 */

import { type Env, plainEnv } from "../capabilities/env.ts";
import { scrubbedError } from "../capabilities/kit/scrubbed-error.ts";
import { ComponentError, HotcellError } from "../errors.ts";
import { endedItsCell } from "../placement/cell-ends.ts";
import type { Bound, FirstCall, Placement } from "../placement/placement.ts";
import { mostTold } from "../text/cut.ts";
import { harmlessLines } from "../text/harmless.ts";
import type { Scrubber } from "../text/scrubber.ts";
import { sameFunctionType } from "../wit/equal.ts";
import { type ExportedFunction, exportedFunctions } from "../wit/exports.ts";
import type { World } from "../wit/model.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { parseFunctionType } from "../wit/text/expression.ts";
import { parseInterfaceId } from "../wit/wit-names.ts";

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

/** The function that is told the plugin's configuration. */
export function isInit(exported: ExportedFunction): boolean {
  return isLifecycle(exported) && exported.name === "init";
}

/** Whether the state of one world's cell can be handed over to another's. */
export function handsOver(from: World, to: World): boolean {
  const has = (world: World, name: string) =>
    exportedFunctions(world).some((f) => isLifecycle(f) && f.name === name);
  return has(from, "save") && has(to, "restore");
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

/** Tells a new cell its configuration, before anything else runs in it. */
export function firstCall(functions: LifecycleFunctions, env: Env): FirstCall | undefined {
  const init = functions.get("lifecycle#init");
  return init && { key: init.key, args: [plainEnv(env)] };
}

export interface Lifecycle {
  /** Throws `unhealthy`. */
  requireHealth(): Promise<void>;
  /** The state to hand over; undefined for a plugin that hands none over. Throws `save-failed`. */
  save(): Promise<Uint8Array | undefined>;
  /** Whether `restore` does something. */
  readonly restores: boolean;
  /** Takes over what another version saved. Throws `restore-failed`. */
  restore(fromVersion: string, state: Uint8Array): Promise<void>;
}

/** `scrubber`: for what its refusals say; `free` resolves when the thread is free for a call that may be long. */
export function bindLifecycle(
  functions: LifecycleFunctions,
  placement: Placement,
  scrubber: Scrubber,
  free: () => Promise<void>,
): Lifecycle {
  const bind = (name: Contract) => {
    const own = functions.get(name);
    return own && placement.bind(own.key, own.type);
  };
  const orRefuse = async (
    code: keyof typeof refusals,
    bound: Bound | undefined,
    args: readonly unknown[],
  ): Promise<unknown> => {
    if (!bound) return undefined;
    await free();
    try {
      return await bound(args);
    } catch (thrown) {
      throw scrubbedError(scrubber, asRefusal(code, thrown, scrubber));
    }
  };
  const [health, save, restore] = [bind("lifecycle#health"), bind("state#save"), bind("state#restore")];
  return {
    async requireHealth() {
      await orRefuse("unhealthy", health, []);
    },
    save: async () => (await orRefuse("save-failed", save, [])) as Uint8Array | undefined,
    restores: restore !== undefined,
    async restore(fromVersion, state) {
      await orRefuse("restore-failed", restore, [fromVersion, state]);
    },
  };
}

const refusals = {
  unhealthy: {
    what: "The plugin says it is not healthy",
    remedy: "The live version keeps serving, with its state. Mend the new version and upload it again.",
  },
  "restore-failed": {
    what: "The plugin can't take over the state of the live version",
    remedy: "The live version keeps serving, with its state. Mend the new version and upload it again.",
  },
  "save-failed": {
    what: "The live version failed when it was asked for its state, which is lost",
    remedy:
      "The live version keeps serving, from its beginning. Upload again: there is no state to hand over now.",
  },
} as const;

function asRefusal(code: keyof typeof refusals, thrown: unknown, scrubber: Scrubber): unknown {
  if (thrown instanceof ComponentError)
    return refusal(code, harmlessLines(scrubber.excerpt(String(thrown.payload), mostTold)));
  if (endedItsCell(thrown)) return refusal(code, thrown.message);
  return thrown;
}

function refusal(code: keyof typeof refusals, why: string): HotcellError {
  const { what, remedy } = refusals[code];
  return new HotcellError(code, `${what}: ${why}`, { remedy });
}
