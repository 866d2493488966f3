import type { World } from "../wit/model.ts";
import { invalid, malformedComponent } from "./component-failures.ts";
import { componentReader } from "./component-reader.ts";
import type { Entity } from "./component-types.ts";
import { decodeComponent } from "./decode/decoder.ts";
import type { CanonicalOptions } from "./definition.ts";
import { type ComponentLimits, StructureMeter } from "./structure-limits.ts";
import { worldOf } from "./world.ts";

export type StringEncoding = CanonicalOptions["stringEncoding"];

export interface EncodedWorld {
  readonly world: World;
  readonly stringEncoding: StringEncoding;
}

const encodings = ["utf8", "utf16", "latin1+utf16"] as const;

/**
 * Decodes the payload of a `component-type` custom section, which wasm-tools writes into core modules: one WIT
 * world, encoded as a component that exports the world's component type.
 * Throws HotcellError: `malformed-component`, `invalid-component`, `component-limit`, `unsupported-feature`.
 */
export function decodeComponentType(bytes: Uint8Array, limits: Partial<ComponentLimits> = {}): EncodedWorld {
  const meter = new StructureMeter(limits);
  const decoded = decodeComponent(bytes, meter);
  const wrapper = single(decoded.type.exports)[1];
  const [id, world] = single(wrapper.exports);
  const [, pkg = id, name = id, version] = /^(.+)\/([^/@]+)(@.+)?$/.exec(id) ?? [];
  const options = { name, package: pkg + (version ?? ""), exportsUseExports: true };
  return { world: worldOf(world, options, meter).world, stringEncoding: encodingOf(decoded.custom, meter) };
}

/** The one thing in there: a component type. */
function single(exports: ReadonlyMap<string, Entity>) {
  const [first, ...more] = exports;
  const type = first?.[1].sort === "type" ? first[1].entry : first?.[1];
  if (!first || more.length > 0 || type?.sort !== "component")
    throw invalid("this is not one encoded world", 0);
  return [first[0], type.type] as const;
}

function encodingOf(
  custom: readonly { name: string; bytes: Uint8Array }[],
  meter: StructureMeter,
): StringEncoding {
  const section = custom.find(({ name }) => name === "wit-component-encoding");
  if (!section) throw invalid("the section wit-component-encoding is missing", 0);
  const reader = componentReader(section.bytes, meter);
  const version = reader.byte();
  const encoding = encodings[reader.byte()];
  if (version !== 0x04 || !encoding) throw malformedComponent("unknown encoding of a world", 0);
  return encoding;
}
