import { HotcellError, orRaise } from "../../errors.ts";

/**
 * Fuel that all calls of a plugin may spend over time, whatever its versions (a token bucket). A call may start while
 * anything is left; what it spends beyond is owed.
 */
export class FuelRate {
  /** Undefined until the first call. */
  #left: number | undefined;
  /** Milliseconds; when `#left` was right. */
  #at = 0;
  /** Rates as they were when they were asked for last. */
  #perSecond = 0;
  #perCall = 0;

  /**
   * `perSecond` units come in a second, and up to two seconds of them, or one whole call's, are saved up.
   * Throws `fuel-rate`.
   */
  require(perSecond: number, perCall: number, plugin: string): void {
    this.#perSecond = perSecond;
    this.#perCall = perCall;
    if (this.#left !== undefined && this.#left > 0) return;
    const now = performance.now();
    const saved = Math.max(2 * perSecond, perCall);
    const come = this.#left === undefined ? saved : ((now - this.#at) / 1000) * perSecond;
    // Not looked at while there was some, so what was owed since is only now paid back.
    this.#left = Math.min(saved, (this.#left ?? 0) + come);
    this.#at = now;
    if (this.#left > 0) return;
    const retryAfter = Math.max(1, Math.ceil(-this.#left / perSecond));
    throw new HotcellError(
      "fuel-rate",
      `${plugin} has spent more than the ${perSecond} units of fuel it has in a second.`,
      {
        subject: "limits.fuelPerSecond",
        setting: "limits.fuelPerSecond",
        limit: perSecond,
        actual: `${Math.ceil(-this.#left)} units more`,
        retryAfter,
        ...orRaise(`Try again in ${retryAfter} s, ask less of it`, ["fuelPerSecond"]),
      },
    );
  }

  /** The same for a call that was let in, and has waited since. */
  requireStill(plugin: string): void {
    this.require(this.#perSecond, this.#perCall, plugin);
  }

  spend(units: number): void {
    if (this.#left !== undefined) this.#left -= units;
  }
}
