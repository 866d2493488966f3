/** Names of what a world exports, as properties of an object in JavaScript. */
import { exportedFunctions } from "./exports.ts";
import { rootDefinition, type TypeDefinition, type World, type WorldItem } from "./model.ts";
import {
  camelCase,
  type FunctionName,
  parseFunctionName,
  parseInterfaceId,
  pascalCase,
} from "./wit-names.ts";

interface Named {
  readonly name: string;
}

/** Member of the object that the functions of an interface make up, or those outside of interfaces. */
export type ExportMember<F extends Named> =
  | { readonly kind: "function"; readonly property: string; readonly function: F }
  | ResourceMember<F>;

/** Class of a resource. */
export interface ResourceMember<F extends Named> {
  readonly kind: "resource";
  readonly property: string;
  /** WIT's name of the resource. */
  readonly name: string;
  /** Absent for one that other functions give only. */
  readonly constructs?: F;
  readonly methods: ReadonlyMap<string, F>;
  readonly statics: ReadonlyMap<string, F>;
}

/** Members in the order of the functions: camelCase, classes in PascalCase; WIT's names where two would be the same. */
export function exportMembers<F extends Named>(functions: readonly F[]): readonly ExportMember<F>[] {
  const groups = Map.groupBy(functions, (each) => parseFunctionName(each.name).resource ?? each);
  const names = propertyNames([...groups.keys()], (key) =>
    typeof key === "string" ? [key, pascalCase(key)] : [key.name, camelCase(key.name)],
  );
  return [...groups].map(([key, group]) => {
    const property = names.get(key)!;
    if (typeof key !== "string") return { kind: "function", property, function: key };
    return { kind: "resource", property, name: key, ...partsOfClass(group) };
  });
}

function partsOfClass<F extends Named>(functions: readonly F[]) {
  const kinds = Map.groupBy(functions, ({ name }) => parseFunctionName(name).kind);
  const [constructs] = kinds.get("constructor") ?? [];
  const byProperty = (kind: FunctionName["kind"], reserved: string) => {
    const named = propertyNames(kinds.get(kind) ?? [], (each) => {
      const { name } = parseFunctionName(each.name);
      const own = camelCase(name);
      return [name, own === reserved ? `${own}_` : own];
    });
    return new Map([...named].map(([each, property]) => [property, each]));
  };
  return {
    ...(constructs && { constructs }),
    // An object with a method `then` would be taken for a promise.
    methods: byProperty("method", "then"),
    // That of a class can't be another.
    statics: byProperty("static", "prototype"),
  };
}

/** Properties of these, from WIT's name and the one that is wanted. */
function propertyNames<K>(
  keys: readonly K[],
  spell: (key: K) => readonly [wit: string, wanted: string],
): ReadonlyMap<K, string> {
  const counts = Map.groupBy(keys, (key) => spell(key)[1]);
  return new Map(
    keys.map((key) => {
      const [wit, wanted] = spell(key);
      return [key, counts.get(wanted)!.length > 1 ? wit : wanted];
    }),
  );
}

/** Short property for each exported interface, by its id, where nothing else is called so. */
export function shortInterfaceNames(world: World): ReadonlyMap<string, string> {
  const interfaces = world.exports.filter(({ kind }) => kind === "interface");
  const own = exportMembers(exportedFunctions(world).filter((each) => each.interface === undefined));
  const taken = [...own.map(({ property }) => property), ...interfaces.map(({ name }) => name)];
  const short = interfaces.flatMap(({ name }): [string, string][] => {
    const id = parseInterfaceId(name);
    return id ? [[name, camelCase(id.name)]] : [];
  });
  const counts = Map.groupBy([...taken, ...short.map(([, each]) => each)], (each) => each);
  return new Map(short.filter(([, each]) => counts.get(each)?.length === 1));
}

/** Definition of a resource that an interface exports, or the world itself; undefined where it is another's. */
export function exportedResource(
  { exports }: World,
  owner: string | undefined,
  name: string,
): TypeDefinition | undefined {
  const items: readonly WorldItem[] = exports.flatMap((item) => {
    if (item.kind !== "interface") return owner === undefined ? [item] : [];
    return item.name === owner ? item.interface.items : [];
  });
  const found = items.find((item) => item.kind === "type" && item.name === name);
  const definition = found?.kind === "type" ? rootDefinition(found.definition) : undefined;
  return definition?.owner.direction === "export" ? definition : undefined;
}
