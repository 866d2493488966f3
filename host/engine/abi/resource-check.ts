/**
 * The resources among the values that the host passes to a guest. They are checked before anything is lowered, so
 * that a caller's mistake does not cost a cell: the rest of a value is known to fit its type by then.
 */
import { HotcellError } from "../../errors.ts";
import { casesOf } from "../../wit/layout.ts";
import { resolve, type Structure, type ValueType } from "../../wit/model.ts";
import { isNullable } from "../../wit/values/mapping.ts";
import { camelCase } from "../../wit/wit-names.ts";
import { checkHandle } from "./boundaries.ts";
import type { ResolveResource } from "./codec.ts";
import type { ComponentInstance } from "./component-instance.ts";

/** Parts of the cell that they are passed to. */
type Holder = Pick<ComponentInstance, "drop" | "hostClasses">;

/** Throws `bad-argument`; `owned`, where it is given, collects what is given away, which must not happen twice. */
export type ResourceCheck = (value: unknown, holder: Holder, owned?: Set<unknown>) => void;

/** Undefined for a type without handles. */
export function resourceCheck(type: ValueType, resources: ResolveResource): ResourceCheck | undefined {
  return new Checks(resources).of(type);
}

class Checks {
  readonly #resources: ResolveResource;
  readonly #made = new Map<Structure, ResourceCheck | undefined>();

  constructor(resources: ResolveResource) {
    this.#resources = resources;
  }

  of(type: ValueType): ResourceCheck | undefined {
    const structure = resolve(type);
    if (this.#made.has(structure)) return this.#made.get(structure);
    const check = this.#make(structure);
    this.#made.set(structure, check);
    return check;
  }

  #make(type: Structure): ResourceCheck | undefined {
    switch (type.kind) {
      case "own":
      case "borrow": {
        const resource = this.#resources(type);
        return (value, holder, owned) => {
          checkHandle(resource, value, holder);
          if (owned?.has(value)) {
            throw new HotcellError("bad-argument", `A resource ${resource.name} is passed twice.`, {
              subject: resource.name,
              remedy: "Pass a resource that is given away only once.",
            });
          }
          if (type.kind === "own") owned?.add(value);
        };
      }
      case "list": {
        const element = this.of(type.element);
        if (!element) return undefined;
        return (value, holder, owned) => {
          for (const item of value as unknown[]) element(item, holder, owned);
        };
      }
      case "tuple":
        return this.#parts(type.elements.map((element, i) => [i, this.of(element)]));
      case "record":
        return this.#parts(type.fields.map((field) => [camelCase(field.name), this.of(field.type)]));
      case "variant":
      case "option":
      case "result":
        return this.#cases(type);
      default:
        return undefined;
    }
  }

  #parts(
    parts: readonly (readonly [key: string | number, check: ResourceCheck | undefined])[],
  ): ResourceCheck | undefined {
    if (parts.every(([, check]) => !check)) return undefined;
    return (value, holder, owned) => {
      for (const [key, check] of parts)
        check?.((value as Record<string | number, unknown>)[key], holder, owned);
    };
  }

  #cases(type: Structure & { kind: "variant" | "option" | "result" }): ResourceCheck | undefined {
    const cases = casesOf(type)!.map((c) => ({ name: c.name, check: c.type && this.of(c.type) }));
    if (cases.every(({ check }) => !check)) return undefined;
    if (type.kind === "option" && isNullable(type)) {
      const some = cases[1]!.check!;
      return (value, holder, owned) => {
        if (value !== undefined) some(value, holder, owned);
      };
    }
    // JavaScript says `err` where the component model says `error`.
    const byTag = new Map(
      cases.map(({ name, check }) => [type.kind === "result" && name === "error" ? "err" : name, check]),
    );
    return (value, holder, owned) => {
      const { tag, val } = value as { tag: string; val: unknown };
      byTag.get(tag)?.(val, holder, owned);
    };
  }
}
