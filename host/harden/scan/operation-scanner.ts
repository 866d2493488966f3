import { type BulkCost, bulkCosts, dropCost } from "../../fuel-prices.ts";
import type { ByteReader } from "../../wasm/byte-reader.ts";
import {
  lane,
  memoryArgument,
  memoryArgumentAndLane,
  saturating,
  simd,
  sixteenBytes,
  unknown,
} from "../../wasm/instruction-forms.ts";
import { malformed, unknownOpcode } from "../../wasm/module-failures.ts";
import type { Feature } from "../hardened-module.ts";
import { checkLimit, type HardenLimits } from "../module-limits.ts";
import type { ControlStack } from "./control-stack.ts";
import { saturatingCosts, vectorCosts } from "./instruction-costs.ts";
import { bulkEvent, dirtyEvent, grownEvent, type Scan } from "./scan.ts";

export const bulkKinds: readonly BulkCost[] = Object.values(bulkCosts);
/** Bytes inserted at least with a bulk operation, and with growth. */
const minForBulk = 23;
const minForGrow = 70;
const bulkIndex = Object.fromEntries(Object.keys(bulkCosts).map((name, i) => [name, i])) as Record<
  keyof typeof bulkCosts,
  number
>;

/** Scanner of operations on memories, tables and vectors: those whose time depends on an operand, and those with a prefix. */
export class OperationScanner {
  /** Instructions met that a reset can't undo. */
  readonly irreversible = new Set<string>();
  readonly #reader: ByteReader;
  readonly #limits: HardenLimits;
  readonly #control: ControlStack;
  readonly #scan: Scan;
  readonly #features: Set<Feature>;

  constructor(
    reader: ByteReader,
    limits: HardenLimits,
    control: ControlStack,
    scan: Scan,
    features: Set<Feature>,
  ) {
    this.#reader = reader;
    this.#limits = limits;
    this.#control = control;
    this.#scan = scan;
    this.#features = features;
  }

  memoryArgument(): void {
    const reader = this.#reader;
    const offset = reader.at;
    const align = reader.u32();
    if ((align & ~0x40) > 4) throw malformed("impossible alignment", offset);
    if (align & 0x40) {
      this.#features.add("multi-memory");
      reader.u32();
    }
    reader.skipInteger(5);
  }

  bulk(name: keyof typeof bulkCosts, offset: number): void {
    const control = this.#control;
    // What is inserted is long: one need not write it all to see that it is too much.
    this.#scan.inserted += "granted" in bulkCosts[name] ? minForGrow : minForBulk;
    checkLimit(this.#limits, "hardenedBodyBytes", this.#scan.inserted, offset);
    this.#scan.usesBulk = true;
    // It may cost more than a round can be in debt for.
    control.keepLabels();
    control.spend(bulkCosts[name].fixed);
    this.#scan.event(offset, offset, bulkEvent, bulkIndex[name], 0, control.loop[control.depth]!);
  }

  markIrreversible(name: string, offset: number): void {
    this.irreversible.add(name);
    this.#scan.event(offset, offset, dirtyEvent, 0, 0, -1);
  }

  /** It has been tried to grow a memory or table. */
  grown(name: keyof typeof bulkCosts, index: number): void {
    const control = this.#control;
    const scan = this.#scan;
    const { at } = this.#reader;
    scan.event(at, at, grownEvent, index, bulkIndex[name], control.loop[control.depth]!);
  }

  /** Reads what follows `op.bulk`; gives the change of the height. */
  readBulk(offset: number): number {
    const control = this.#control;
    const reader = this.#reader;
    const code = reader.u32();
    if (code < 8) {
      control.spend(saturatingCosts[code]! - 1);
      return saturating.delta[code]!;
    }
    switch (code) {
      case 8: // memory.init
        this.#features.add("bulk-memory");
        this.bulk("memoryInit", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 9: // data.drop
        this.markIrreversible("data.drop", offset);
        control.spend(dropCost);
        reader.u32();
        return 0;
      case 10: // memory.copy
        this.#features.add("bulk-memory");
        this.bulk("memoryCopy", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 11: // memory.fill
        this.#features.add("bulk-memory");
        this.bulk("memoryFill", offset);
        reader.u32();
        return -3;
      case 12: // table.init
        this.markIrreversible("table.init", offset);
        this.bulk("tableInit", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 13: // elem.drop
        this.markIrreversible("elem.drop", offset);
        control.spend(dropCost);
        reader.u32();
        return 0;
      case 14: // table.copy
        this.markIrreversible("table.copy", offset);
        this.bulk("tableCopy", offset);
        reader.u32();
        reader.u32();
        return -3;
      case 15: // table.grow
        this.markIrreversible("table.grow", offset);
        this.bulk("tableGrow", offset);
        this.#scan.grows = true;
        this.grown("tableGrow", reader.u32());
        return -1;
      case 16: // table.size
        reader.u32();
        return 1;
      case 17: // table.fill
        this.markIrreversible("table.fill", offset);
        this.bulk("tableFill", offset);
        reader.u32();
        return -3;
      default:
        throw unknownOpcode(0xfc, code, offset);
    }
  }

  /** Reads what follows `op.vector`; gives the change of the height. */
  readVector(offset: number): number {
    const control = this.#control;
    const reader = this.#reader;
    const code = reader.u32();
    const form = simd.form[code] ?? unknown;
    if (form === unknown) throw unknownOpcode(0xfd, code, offset);
    this.#features.add(code >= 0x100 ? "relaxed-simd" : "simd");
    if (form === memoryArgument) this.memoryArgument();
    else if (form === memoryArgumentAndLane) {
      this.memoryArgument();
      reader.byte();
    } else if (form === lane) reader.byte();
    else if (form === sixteenBytes) reader.skip(16);
    control.spend(vectorCosts[code]! - 1);
    return simd.delta[code]!;
  }
}
