/** World of a contract as it comes: encoded by itself, or that of a component which is the model. */
import type { World } from "../wit/model.ts";
import { decodeComponentType } from "./component-type.ts";
import { decodeComponent } from "./decode/decoder.ts";
import { checkPreamble, inspectComponent } from "./inspect.ts";
import { readDocs } from "./package-docs.ts";
import { type ComponentLimits, StructureMeter } from "./structure-limits.ts";
import { checkStructure } from "./validate/structure.ts";

/**
 * Reads an encoded world, which is what compilers embed as `component-type`, or a component. Throws what `inspectComponent`
 * throws.
 */
export function contractWorld(bytes: Uint8Array, limits: Partial<ComponentLimits> = {}): World {
  checkPreamble(bytes);
  checkStructure(bytes, new StructureMeter(limits));
  const { custom } = decodeComponent(bytes, new StructureMeter(limits));
  const encoded = custom.some(({ name }) => name === "wit-component-encoding");
  if (!encoded) return inspectComponent(bytes, limits).world;
  const { world } = decodeComponentType(bytes, limits);
  const { docs } = readDocs(custom, world);
  return docs ? { ...world, docs } : world;
}
