import { createHash } from "node:crypto";
import { HotcellError } from "../errors.ts";
import type { Component } from "./component.ts";
import { invalid, malformedComponent } from "./component-failures.ts";
import { decodeComponent } from "./decode/decoder.ts";
import { readMetadata } from "./metadata.ts";
import { readDocs } from "./package-docs.ts";
import { type ComponentLimits, StructureMeter } from "./structure-limits.ts";
import { checkStructure } from "./validate/structure.ts";
import { checkUnfolding } from "./validate/unfolding.ts";
import { worldOf } from "./world.ts";

/**
 * Decodes and validates an uploaded binary. The core modules inside are only read as far as their imports and
 * exports: whether their code is valid is found out by compiling them. Limits not given are `defaultComponentLimits`.
 *
 * Throws HotcellError: `not-wasm`, `core-module`, `malformed-component`, `invalid-component`,
 * `unsupported-feature`, `component-limit`. What holds too much is refused by its structure, before anything is
 * decoded. The rest costs time linear in what is decoded, and at most `limits.work` steps.
 */
export function inspectComponent(bytes: Uint8Array, limits: Partial<ComponentLimits> = {}): Component {
  checkPreamble(bytes);
  const size = checkStructure(bytes, new StructureMeter(limits));
  const meter = new StructureMeter(limits);
  const { definitions, type, coreModules, custom } = decodeOnStack(() => decodeComponent(bytes, meter));
  checkUnfolding({ definitions, type }, new StructureMeter(limits));
  const options = { name: "root", package: "root:component", exportsUseExports: false };
  const { world: types, beyondWit } = worldOf(type, options, meter);
  const { docs, notes, bytes: docsBytes } = readDocs(custom, types);
  const { metadata, notes: more } = readMetadata(custom);
  const world = docs ? { ...types, docs } : types;
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return {
    ...{ bytes, digest, world, beyondWit, metadata, coreModules },
    size: size + docsBytes * keptPerByte,
    notes: [...notes, ...more],
    definition: { definitions, type },
  };
}

/** Bytes that a byte of docs takes once it is read, at most. */
const keptPerByte = 16;

/** Throws what `inspectComponent` throws for what is no component at all. */
export function checkPreamble(bytes: Uint8Array): void {
  const [zero, a, s, m, version, , layer] = bytes;
  if (zero !== 0x00 || a !== 0x61 || s !== 0x73 || m !== 0x6d) {
    const why = bytes.length === 0 ? "it is empty" : 'it does not begin with "\\0asm"';
    throw new HotcellError("not-wasm", `This is not WebAssembly: ${why}.`, {
      offset: 0,
      remedy: "Give the .wasm file that the plugin's build wrote.",
    });
  }
  if (bytes.length < 8) throw malformedComponent("unexpected end", bytes.length);
  if (layer === 0x00) {
    throw new HotcellError("core-module", "This is a core WebAssembly module, not a component.", {
      offset: 4,
      remedy:
        "Build a component: AssemblyScript with `asc --transform hotcell/asc`; for other languages turn the module into one with `jco new module.wasm -o component.wasm`.",
    });
  }
  if (layer !== 0x01 || version !== 0x0d)
    throw malformedComponent("unknown version of the component format", 4);
}

function decodeOnStack<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    // Limits bound the nesting, but not how much stack the caller has used already.
    if (error instanceof RangeError) throw invalid("it is nested too deeply", 0);
    throw error;
  }
}
