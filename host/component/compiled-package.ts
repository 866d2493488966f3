/** A WIT package in its binary form (WIT.md, Package Format), as `wasm-tools component wit --wasm` and registries have it. */
import type { HotcellError } from "../errors.ts";
import type { Interface } from "../wit/model.ts";
import { parseInterfaceId } from "../wit/wit-names.ts";
import { invalid } from "./component-failures.ts";
import type { ComponentType, Entity } from "./component-types.ts";
import { decodeComponent } from "./decode/decoder.ts";
import { checkPreamble } from "./inspect.ts";
import { type ComponentLimits, StructureMeter } from "./structure-limits.ts";
import { checkStructure } from "./validate/structure.ts";
import { worldOf } from "./world.ts";

export interface WitPackage {
  /** `acme:shop@1.0.0` */
  readonly name: string;
  /** Interfaces by id, each after those of the same package that it uses. */
  readonly interfaces: ReadonlyMap<string, Interface>;
}

/**
 * Decodes the interfaces of a package; worlds are passed over. Throws HotcellError: `invalid-component` for a component that is
 * no package, and what `inspectComponent` throws.
 */
export function decodeWitPackage(bytes: Uint8Array, limits: Partial<ComponentLimits> = {}): WitPackage {
  checkPreamble(bytes);
  checkStructure(bytes, new StructureMeter(limits));
  const meter = new StructureMeter(limits);
  const { type } = decodeComponent(bytes, meter);
  const found = new Map([...type.exports].flatMap(([name, entity]) => interfaceIn(name, entity, meter)));
  const [first] = found.keys();
  if (first === undefined || type.imports.size > 0) throw noPackage();
  const sorted = new Map<string, Interface>();
  const add = (id: string) => {
    const one = found.get(id);
    if (!one || sorted.has(id)) return;
    for (const used of one.uses) add(used);
    sorted.set(id, one.interface);
  };
  for (const id of found.keys()) add(id);
  const { package: path, version } = parseInterfaceId(first)!;
  return { name: version === undefined ? path : `${path}@${version}`, interfaces: sorted };
}

/** The interface that such an export is, with ids of those that it uses; none for a world. */
function interfaceIn(name: string, entity: Entity, meter: StructureMeter) {
  const type = componentTypeOf(entity);
  const [[id, own] = [], ...more] = type ? [...type.exports] : [];
  const parsed = id === undefined ? undefined : parseInterfaceId(id);
  if (!type || !own || more.length > 0 || parsed?.name !== name) throw noPackage();
  if (own.sort !== "instance") return [];
  const options = { name: "root", package: "root:package", exportsUseExports: false };
  const [item] = worldOf(type, options, meter).world.exports;
  if (item?.kind !== "interface") throw noPackage();
  return [[id!, { interface: item.interface, uses: [...type.imports.keys()] }] as const];
}

function componentTypeOf(entity: Entity): ComponentType | undefined {
  if (entity.sort !== "type") return undefined;
  return entity.entry.sort === "component" ? entity.entry.type : undefined;
}

function noPackage(): HotcellError {
  return invalid("it is no WIT package", 0);
}
