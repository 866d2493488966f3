import { pascalCase } from "../../wit/wit-names.ts";
import type { HostImports } from "../engine.ts";
import { GuestResource } from "./guest-resource.ts";

/** A resource of the host's: its name, and the interface that it is imported from. */
interface HostResource {
  readonly name: string;
  readonly group?: string;
}

type ResourceEnd = (object: unknown) => void;

type Class = abstract new (...args: never[]) => object;

/** Classes that the host supplies to a cell for resources, to tell whether an object of its own is one of them. */
export class HostClasses {
  readonly #imports: HostImports;
  readonly #found = new Map<HostResource, Class | undefined>();
  /** Prototypes of classes of which an object was found to be right: the next one is of the same. */
  readonly #good = new Map<HostResource, object>();
  readonly #ends = new Map<HostResource, ResourceEnd | undefined>();

  constructor(imports: HostImports) {
    this.#imports = imports;
  }

  /**
   * Why `value`, an object, can't be passed as a resource of this type of the host's; else undefined. What is no instance
   * of its class may be like one.
   */
  objection(value: unknown, type: HostResource): string | undefined {
    // V8 calls itself for what is the prototype of an object, and looks along them in place.
    const good = this.#good.get(type);
    if (good !== undefined && isBaseOf.call(good, value as object)) return undefined;
    let own = this.#found.get(type);
    if (own === undefined && !this.#found.has(type)) {
      own = this.#classOf(type);
      this.#found.set(type, own);
    }
    if (own !== undefined && value instanceof own) {
      this.#good.set(type, own.prototype);
      return undefined;
    }
    if (value instanceof GuestResource) return "a resource of the plugin's";
    const other = this.#other(value);
    if (other !== undefined) return `a resource of another type (${other})`;
    const lacking = own && missingMethod(value as object, own);
    if (lacking === undefined) return undefined;
    return `${kindOfObject(value as object)} without the method ${lacking}`;
  }

  /** Function that the host gives for the end of such a resource, also where its cell has ended. */
  endOf(type: HostResource): ResourceEnd | undefined {
    const known = this.#ends.get(type);
    if (known !== undefined || this.#ends.has(type)) return known;
    const { group, name } = type;
    const given = group !== undefined && Object.hasOwn(this.#imports, group) ? this.#imports[group]! : {};
    const key = `[resource-drop]${name}`;
    const end = Object.hasOwn(given, key) ? given[key] : undefined;
    this.#ends.set(type, end);
    return end;
  }

  #classOf({ group, name }: HostResource): Class | undefined {
    if (group === undefined || !Object.hasOwn(this.#imports, group)) return undefined;
    return classIn(this.#imports[group]!, pascalCase(name));
  }

  /** The class of another resource that it is an instance of. */
  #other(value: unknown): string | undefined {
    for (const group of Object.values(this.#imports)) {
      for (const name of Object.keys(group)) {
        const found = /^[A-Z]/.test(name) ? classIn(group, name) : undefined;
        if (found !== undefined && value instanceof found) return name;
      }
    }
    return undefined;
  }
}

const { isPrototypeOf: isBaseOf } = Object.prototype;

function classIn(group: object, name: string): Class | undefined {
  const found = Object.hasOwn(group, name) ? (group as Record<string, unknown>)[name] : undefined;
  return typeof found === "function" && typeof found.prototype === "object" ? (found as Class) : undefined;
}

function missingMethod(value: object, { prototype }: Class): string | undefined {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([name, { value: member }]) => name !== "constructor" && typeof member === "function",
  );
  return methods.map(([name]) => name).find((name) => !(name in value));
}

function kindOfObject(value: object): string {
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object"
    ? `an instance of ${name}`
    : "an object";
}
