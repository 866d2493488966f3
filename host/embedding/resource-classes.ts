/** Resources that a world exports as classes of JavaScript, for `plugin.exports`. */
import { GuestResource } from "../engine/abi/guest-resource.ts";
import { SymbolNotFoundError } from "../errors.ts";
import { exportedResource, type ResourceMember } from "../wit/export-names.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { resolve, resourceOf, type TypeDefinition, type World } from "../wit/model.ts";
import { handleWalk } from "../wit/values/handle-walk.ts";
import type { AnyFunction } from "./plugin-api.ts";

/** Callable of a function; it is made when it is first asked for. */
export type CallableOf = (found: ExportedFunction) => AnyFunction;

export class ResourceClasses {
  readonly #world: World;
  readonly #callable: CallableOf;
  readonly #classes = new Map<TypeDefinition, object>();

  constructor(world: World, callable: CallableOf) {
    this.#world = world;
    this.#callable = callable;
  }

  /** Class of a resource of this interface, or of one outside of interfaces. Its objects are those that calls of the plugin give. */
  add(
    owner: string | undefined,
    { name, property, constructs, methods, statics }: ResourceMember<ExportedFunction>,
  ) {
    const construct = constructs && lazily(() => this.callable(constructs));
    const made = function (...args: unknown[]): unknown {
      if (!new.target) throw new TypeError(`${property} is a class: call it with new.`);
      if (!construct) throw withoutConstructor(owner, name);
      return construct()(...args);
    };
    Object.defineProperty(made, "name", { value: property });
    const prototype = Object.create(GuestResource.prototype, {
      constructor: { value: made, configurable: true },
    });
    Object.defineProperty(made, "prototype", { value: prototype, writable: false });
    for (const [method, found] of methods) {
      const call = lazily(() => this.callable(found));
      const value = function (this: unknown, ...args: unknown[]): unknown {
        return call()(this, ...args);
      };
      Object.defineProperty(prototype, method, { value, configurable: true });
    }
    for (const [method, found] of statics) {
      const call = lazily(() => this.callable(found));
      Object.defineProperty(made, method, {
        value: (...args: unknown[]) => call()(...args),
        enumerable: true,
      });
    }
    const definition = exportedResource(this.#world, owner, name);
    if (definition) this.#classes.set(definition, prototype);
    return made;
  }

  /** Callable whose result's resources are objects of these classes. */
  callable(found: ExportedFunction): AnyFunction {
    const call = this.#callable(found);
    const { result } = found.type;
    const structure = result && resolve(result);
    // The ok part is returned, the error is thrown.
    const returned = structure?.kind === "result" ? structure.ok : structure;
    const walk =
      returned &&
      handleWalk<[]>(returned, (handle) => (value) => {
        const prototype = this.#classes.get(resourceOf(handle));
        if (prototype && typeof value === "object" && value !== null) Object.setPrototypeOf(value, prototype);
      });
    if (!walk) return call;
    const classed = (value: unknown) => {
      walk(value);
      return value;
    };
    return (...args) => {
      const outcome = call(...args);
      return outcome instanceof Promise ? outcome.then(classed) : classed(outcome);
    };
  }
}

export function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function withoutConstructor(owner: string | undefined, name: string): SymbolNotFoundError {
  const subject = owner === undefined ? name : `${owner}#${name}`;
  return new SymbolNotFoundError(`The resource ${subject} has no constructor.`, {
    subject,
    remedy: "Call a function that gives one.",
  });
}
