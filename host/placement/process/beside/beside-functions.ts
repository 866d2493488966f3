/**
 * Functions beside a process: those of capabilities that are in the host while the cell is here. The process asks for one by
 * its name, as it asks a backend; arguments and results are bytes, whose types both ends know from the component's world.
 */
import {
  type FunctionType,
  functionsIn,
  resourceOf,
  type TypeDefinition,
  type World,
} from "../../../wit/model.ts";
import type { HandleStructure } from "../../../wit/values/handle-walk.ts";
import { parseInterfaceId } from "../../../wit/wit-names.ts";
import { FrameReader, FrameWriter, Garbled } from "../frame.ts";

/** Name by which the process asks for them among its backends. */
export const besideName = "beside";

/** Interface whose functions are beside the process, as it is told of it. */
export interface BesideInterface {
  /** Id as the component imports it. */
  readonly id: string;
  /** Prices by function as WIT has it. */
  readonly prices: Readonly<Record<string, { readonly call: number; readonly byte?: number }>>;
}

/** A function of such an interface. */
export interface BesideFunction {
  /** `acme:shop/db@1.0.0#price-of` */
  readonly key: string;
  /** Interface as the component imports it. */
  readonly id: string;
  readonly name: string;
  readonly type: FunctionType;
}

export function besideFunctions(world: World, ids: readonly string[]): BesideFunction[] {
  return world.imports.flatMap((item) => {
    if (item.kind !== "interface" || !ids.includes(item.name)) return [];
    const { name: id } = item;
    return functionsIn(item.interface).map(({ name, type }) => ({ key: `${id}#${name}`, id, name, type }));
  });
}

/** Resource of such an interface. Its objects are in the host; to the process each is a number. */
export interface BesideResource {
  /** Interface as the component imports it. */
  readonly group: string;
  readonly name: string;
  readonly definition: TypeDefinition;
}

export function besideResources(world: World, ids: readonly string[]): BesideResource[] {
  return world.imports.flatMap((item) => {
    if (item.kind !== "interface" || !ids.includes(item.name)) return [];
    return item.interface.items.flatMap((member) =>
      member.kind === "type" && member.definition.body.kind === "resource"
        ? [{ group: item.name, name: member.name, definition: member.definition }]
        : [],
    );
  });
}

/** The one of them that a handle is of. */
export function resourceIn(
  resources: readonly BesideResource[],
  handle: HandleStructure,
): BesideResource | undefined {
  const definition = resourceOf(handle);
  return resources.find((each) => each.definition === definition);
}

/** Operations that the process tells of objects: their numbers, and the number of an ask that nobody waits for any more. */
export const besideTold = { dropped: "dropped", unheard: "unheard" } as const;

/** Id without version. */
export function nameOf(id: string): string {
  const parsed = parseInterfaceId(id);
  return parsed ? `${parsed.package}/${parsed.name}` : id;
}

/** Bytes of a frame's length, which is said by whatever it is packed in. */
const lengthBytes = 4;
const headerBytes = 5;

export function pack(write: (out: FrameWriter) => void): Uint8Array {
  const out = new FrameWriter(0);
  write(out);
  return out.finish(0).subarray(lengthBytes);
}

/** Throws `Garbled`. */
export function unpack<T>({ buffer, byteOffset, byteLength }: Uint8Array, read: (from: FrameReader) => T): T {
  if (byteLength < headerBytes) throw new Garbled("values are shorter than their header");
  const from = new FrameReader(Buffer.from(buffer, byteOffset, byteLength));
  const value = read(from);
  from.end();
  return value;
}
