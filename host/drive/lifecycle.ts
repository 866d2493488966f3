/** Part that a plugin takes in its own deployment, as the registry sees it: health, and state that goes over. */
import { type Exchange, exchangePair } from "../backends/exchange.ts";
import { scrubbedError } from "../capabilities/kit/scrubbed-error.ts";
import type { CallContext } from "../engine/call-context.ts";
import { endedItsCell } from "../engine/cell/cell-ends.ts";
import { asHotcellError, ComponentError, HotcellError } from "../errors.ts";
import { maxTold } from "../text/cut.ts";
import { harmlessLines } from "../text/harmless.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { DrivenExport, Drives } from "./driven-export.ts";
import type { HostCalled } from "./host-interfaces.ts";
import { health } from "./lifecycle-exports.ts";
import { receiveBytes, restore, save, sendBytes } from "./state-exports.ts";

export interface Lifecycle {
  /** Throws `unhealthy`. */
  requireHealth(): Promise<void>;
  /** The state to hand over; undefined for a plugin that hands none over. Throws `save-failed`. */
  save(): Promise<Uint8Array | undefined>;
  /** Set where `restore` does something. */
  readonly restores: boolean;
  /** Set where `save` gives a state. */
  readonly saves: boolean;
  /** Takes over what another version saved. Throws `restore-failed`. */
  restore(fromVersion: string, state: Uint8Array): Promise<void>;
}

/**
 * `scrubber`: for what its refusals say; `free` resolves when the thread is free for a call that may be long; `maxState`
 * gives the bytes that a state may have; `spent` hears of the fuel that each takes.
 */
export function bindLifecycle(
  functions: HostCalled,
  placement: Drives,
  scrubber: Scrubber,
  free: () => Promise<void>,
  maxState: () => number,
  spent: (fuel: number) => void = () => {},
): Lifecycle {
  /** Undefined where the plugin does not export it. */
  const drive = async <T>(
    code: keyof typeof refusals,
    driven: DrivenExport,
    held: (exchange: Exchange) => Promise<T>,
  ): Promise<T | undefined> => {
    const own = functions.get(driven.name);
    if (!own) return undefined;
    await free();
    const context: CallContext = { fuel: 0 };
    try {
      return await driveThere(placement, { export: driven, key: own.key, type: own.type }, held, context);
    } catch (thrown) {
      throw scrubbedError(scrubber, asRefusal(code, thrown, scrubber));
    } finally {
      spent(context.fuel);
    }
  };
  return {
    async requireHealth() {
      await drive("unhealthy", health, async () => {});
    },
    save: () => drive("save-failed", save, (exchange) => receiveBytes(exchange, maxState())),
    restores: functions.has(restore.name),
    saves: functions.has(save.name),
    async restore(fromVersion, state) {
      await drive("restore-failed", restore, async (exchange) => {
        await exchange.send(fromVersion);
        await sendBytes(exchange, state);
      });
    },
  };
}

/** Drives an export with one end of an exchange, while `held` does its part at the other. */
async function driveThere<T>(
  placement: Drives,
  driven: Parameters<Drives["drive"]>[0],
  held: (exchange: Exchange) => Promise<T>,
  context: CallContext,
): Promise<T> {
  const [near, far] = exchangePair(() => {});
  const driving = placement.drive(driven, far, context).catch((error: unknown) => {
    far.cancel(asHotcellError(error));
    throw error;
  });
  const holding = held(near).then(
    (given) => {
      near.end();
      return given;
    },
    (error: unknown) => {
      // Else who drives it would wait for somebody to take its parts.
      near.cancel(asHotcellError(error));
      throw error;
    },
  );
  // Where both fail it is for what the export failed with.
  const [drove, given] = await Promise.allSettled([driving, holding]);
  if (drove.status === "rejected") throw drove.reason;
  if (given.status === "rejected") throw given.reason;
  return given.value;
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
    return refusal(code, harmlessLines(scrubber.excerpt(String(thrown.payload), maxTold)));
  if (endedItsCell(thrown)) return refusal(code, thrown.message);
  return thrown;
}

function refusal(code: keyof typeof refusals, why: string): HotcellError {
  const { what, remedy } = refusals[code];
  return new HotcellError(code, `${what}: ${why}`, { remedy });
}
