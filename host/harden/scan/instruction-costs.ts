import { corePrices, saturatingPrices, vectorPrices } from "../../fuel-prices.ts";
import { core, saturating, simd } from "../../wasm/instruction-forms.ts";

/** Units of fuel by opcode. */
function costs(size: number, prices: typeof corePrices): Uint8Array {
  const table = new Uint8Array(size).fill(1);
  for (const [units, opcodes] of prices) {
    for (const range of opcodes) {
      const [first, last] = typeof range === "number" ? [range, range] : range;
      table.fill(units, first, last + 1);
    }
  }
  return table;
}

export const coreCosts = costs(core.form.length, corePrices);
/** Saturating truncation, after 0xfc. */
export const saturatingCosts = costs(saturating.form.length, saturatingPrices);
/** Vector instructions, after 0xfd. */
export const vectorCosts = costs(simd.form.length, vectorPrices);
