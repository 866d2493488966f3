/** Functions of the glue that take and give the handles of each resource. */
import { rootDefinition, type TypeDefinition } from "../../../host/wit/model.ts";
import { typesModule } from "../world/bindings.ts";
import { isAuthored, resourceModule } from "../world/resources.ts";
import { handleRuntime } from "./handle-runtime.ts";
import { borrowHandle, type GlueCall, type HandleOfResource, type HandlePlan } from "./instructions.ts";

/** Handles of each resource as they cross: the functions of the glue that take and give them. */
export class Handles {
  readonly #aliasOf: (definition: TypeDefinition) => string;
  readonly #ids = new Map<TypeDefinition, number>();
  readonly #source: string[] = [];

  constructor(aliasOf: (definition: TypeDefinition) => string) {
    this.#aliasOf = aliasOf;
  }

  /** The glue of all resources asked for so far. */
  get source(): readonly string[] {
    if (this.#ids.size === 0) return [];
    return [`import { Handle as Handle$ } from "${typesModule}";`, handleRuntime, ...this.#source];
  }

  plan({ kind, resource }: HandleOfResource): HandlePlan {
    const root = rootDefinition(resource);
    const alias = this.#aliasOf(root);
    const call = (name: string, typeArguments = `<${alias}>`): GlueCall => ({
      function: name,
      typeArguments,
    });
    if (!isAuthored(root)) {
      return kind === "own"
        ? { lift: call("takeHandle"), lower: call("giveHandle") }
        : { lift: call(borrowHandle), lower: call("lendHandle") };
    }
    const id = this.#idOf(root);
    const lower = call(`release${id}`, "");
    return { lift: kind === "own" ? call(`reclaim${id}`, "") : call("instanceOf"), lower };
  }

  /** The function that drops a handle of an imported resource. */
  dropOf(resource: TypeDefinition): string {
    return `drop${this.#idOf(resource)}`;
  }

  #idOf(resource: TypeDefinition): number {
    const known = this.#ids.get(resource);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(resource, id);
    this.#source.push(
      ...(isAuthored(resource)
        ? authoredHandle(resource, id, this.#aliasOf(resource))
        : importedHandle(resource, id)),
    );
    return id;
  }
}

/** Plan of what a constructor's core function returns, for the object that is being constructed. */
export const bareHandle = { op: "scalar", as: "i32", flat: ["i32"], memory: "i32" } as const;

/** The core function that the component names as a resource's destructor. */
export function destructorText(name: string, as: string, disposes: boolean): string[] {
  return [
    `export function ${name}(rep: usize): void {`,
    `  const instance = changetype<${as}>(rep);`,
    disposes
      ? "  if (destroyed(rep)) { if (isDefined(instance.dispose)) instance.dispose(); collectWhenDue(); }"
      : "  if (destroyed(rep)) collectWhenDue();",
    "}",
  ];
}

/** Glue for one imported resource: `drop` of its class is its `[resource-drop]`. */
function importedHandle(resource: TypeDefinition, id: number): string[] {
  return [
    `@external("${resourceModule(resource)}", "[resource-drop]${rootDefinition(resource).name}") declare function dropHandle${id}(index: i32): void;`,
    `export function drop${id}(handle: Handle$): void {`,
    "  const index = endHandle(handle);",
    `  if (index) dropHandle${id}(index);`,
    "}",
  ];
}

/** Glue for one resource of the author's: `release` lowers an own of it, `reclaim` lifts one. `as`: its class. */
function authoredHandle(resource: TypeDefinition, id: number, as: string): string[] {
  const external = (name: string) =>
    `@external("${resourceModule(resource)}", "[${name}]${rootDefinition(resource).name}") declare function`;
  return [
    `${external("resource-new")} newHandle${id}(rep: usize): i32;`,
    `${external("resource-rep")} repOf${id}(index: i32): usize;`,
    `${external("resource-drop")} dropHandle${id}(index: i32): void;`,
    `export function release${id}(instance: ${as}): i32 {`,
    "  const rep = changetype<usize>(instance);",
    "  share(rep);",
    `  return newHandle${id}(rep);`,
    "}",
    `export function reclaim${id}(index: i32): ${as} {`,
    `  const rep = repOf${id}(index);`,
    `  const instance = changetype<${as}>(rep);`,
    "  reclaiming = true;",
    `  dropHandle${id}(index);`,
    "  reclaiming = false;",
    "  unshare(rep);",
    "  return instance;",
    "}",
  ];
}
