import { freeStart, mergeLikely, mergeSmall } from "../../fuel-prices.ts";
import type { Scan } from "../scan/scan.ts";

/**
 * Decides where fuel is charged. A scan divides a function into stretches: each is entered only at its beginning,
 * and only from its parent. So a stretch is paid for either at its own beginning or as part of its parent, which may
 * be part of its own parent, and so on; whatever runs has been paid for either way. Loops always pay for
 * themselves, since they go round without passing their parent.
 *
 * A small stretch becomes part of its parent, as long as what some pay without running it stays small against what
 * all run. One that leads back to the beginning of its loop is run nearly always: it may be larger. And a function's
 * beginning is free when it is small, for who calls it has paid (`callCost`).
 */
export class Charges {
  /** Units to charge at the beginning of each stretch; 0 for nothing. */
  cost = new Float64Array(1024);
  /** Per loop: the outermost loop around it (or itself) in which nothing is called; -1 if there is none. */
  region = new Int32Array(64);
  /** Part of `cost` that some don't run. */
  #optional = new Float64Array(1024);
  #back = new Int32Array(1024);

  /** Gives how many stretches are charged. */
  settle(scan: Scan): number {
    const count = scan.stretchCount;
    if (this.cost.length < count) {
      this.cost = new Float64Array(scan.stretchCost.length);
      this.#optional = new Float64Array(scan.stretchCost.length);
      this.#back = new Int32Array(scan.stretchCost.length);
    }
    const { cost } = this;
    const optional = this.#optional;
    const back = this.#back;
    const { stretchCost, stretchParent, stretchIsLoop, stretchBack, loopBacks } = scan;
    for (let i = 0; i < count; i++) {
      cost[i] = stretchCost[i]!;
      optional[i] = 0;
      back[i] = stretchBack[i]!;
    }
    let charged = 0;
    // Children have higher numbers than their parents.
    for (let i = count - 1; i > 0; i--) {
      const units = cost[i]!;
      if (units === 0) continue;
      if (stretchIsLoop[i] === 0) {
        const parent = stretchParent[i]!;
        const loop = back[i]!;
        const likely = loop >= 0 && loopBacks[loop]! <= 2;
        const own = cost[parent]! - optional[parent]!;
        const max = likely ? mergeLikely : mergeSmall;
        if (units <= max && optional[parent]! + units <= Math.max(max, own)) {
          cost[parent]! += units;
          optional[parent]! += units;
          if (likely && stretchIsLoop[parent] === 0) back[parent] = loop;
          cost[i] = 0;
          continue;
        }
      }
      charged++;
    }
    if (count > 0 && cost[0]! <= freeStart) cost[0] = 0;
    else charged++;
    this.#findRegions(scan);
    return charged;
  }

  #findRegions({ loopCount, loopParent, loopCalls }: Scan): void {
    if (this.region.length < loopCount) this.region = new Int32Array(loopParent.length);
    for (let i = 0; i < loopCount; i++) {
      const parent = loopParent[i]!;
      const outer = parent < 0 ? -1 : this.region[parent]!;
      if (loopCalls[i]) this.region[i] = -1;
      else this.region[i] = outer < 0 ? i : outer;
    }
  }
}
