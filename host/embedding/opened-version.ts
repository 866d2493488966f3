import type { Bound, Placement } from "../placement/placement.ts";
import { type ExportedFunction, exportedFunctions, findByPath, splitPath } from "../wit/exports.ts";
import { JsonTypes } from "../wit/json/json-function.ts";
import type { World } from "../wit/model.ts";
import { printWorld } from "../wit/text/print.ts";

/** Version of an open plugin, with its cells. Once it is replaced they are released when its last call has ended. */
export class OpenedVersion {
  readonly digest: string;
  readonly world: World;
  readonly functions: readonly ExportedFunction[];
  readonly json = new JsonTypes();
  readonly #placement: Placement;
  /** Calls that have not ended, of those that are not over at once. */
  #inFlight = 0;
  /** There once it is retired. */
  #released: (() => void) | undefined;

  constructor({ digest, world }: { digest: string; world: World }, placement: Placement) {
    this.digest = digest;
    this.world = Object.defineProperty({ ...world }, "toString", { value: () => printWorld(world) });
    this.functions = exportedFunctions(world);
    this.#placement = placement;
  }

  /** Function that has this key here, or in another version of its interface; undefined: none. */
  successorOf(key: string): ExportedFunction | undefined {
    const same = this.functions.find((each) => each.key === key);
    if (same) return same;
    const { owner, name } = splitPath(key);
    return findByPath(this.functions, owner === undefined ? name : `${owner}/${name}`);
  }

  bind({ key, type }: ExportedFunction): Bound {
    const bound = this.#placement.bind(key, type);
    return (args, context) => {
      const outcome = bound(args, context);
      // A call that is over at once can't be under way when its version is replaced.
      return outcome instanceof Promise ? this.#inFlightUntil(outcome) : outcome;
    };
  }

  /** Takes no new calls, since another version is there: `released` is called once, when its last call has ended. */
  retire(released: () => void): void {
    this.#released = released;
    if (this.#inFlight === 0) this.#release(released);
  }

  /** Releases the cells now. */
  close(): void {
    this.#placement.close();
  }

  #release(released: () => void): void {
    this.#placement.close();
    released();
  }

  #inFlightUntil(outcome: Promise<unknown>): Promise<unknown> {
    this.#inFlight++;
    const ended = () => {
      if (--this.#inFlight === 0 && this.#released) this.#release(this.#released);
    };
    outcome.then(ended, ended);
    return outcome;
  }
}
