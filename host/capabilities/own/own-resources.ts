/** Resources of an embedder's: objects of its classes, as guests have handles of them. */
import type { HostFunction } from "../../engine/engine.ts";
import { isOfClass } from "../../errors.ts";
import type { FunctionType, Interface } from "../../wit/model.ts";
import { handleWalk } from "../../wit/values/handle-walk.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import type { GivenGroup } from "../given.ts";
import type { HostObjects } from "../kit/host-objects.ts";

/** Objects of a cell, and what is told of one that could not be disposed of. */
export interface ResourceHolder {
  readonly objects: HostObjects;
  readonly failed: (wanted: string, thrown: unknown) => Error;
}

/** Handover of objects that a call gives away: the host's to the guest, the guest's to the host. */
export interface Handover {
  /** Undefined where its result has no handles. Throws for more objects than a cell may have. */
  readonly given: ((value: unknown, holder: ResourceHolder) => void) | undefined;
  /** Disposes of what the result holds: there is no guest any more to be given it. */
  readonly unwanted: ((value: unknown, holder: ResourceHolder) => void) | undefined;
  /** Undefined where no argument is given away. */
  readonly taken: ((args: readonly unknown[], holder: ResourceHolder) => void) | undefined;
  /** Disposes of the arguments that are given away, for a call that is not made: neither side has them any more. */
  readonly untaken: ((args: readonly unknown[], holder: ResourceHolder) => void) | undefined;
}

type ArgumentWalk = ((value: unknown, holder: ResourceHolder) => void) | undefined;

/** Undefined where there is nothing to walk through. */
function eachArgument(walks: readonly ArgumentWalk[]) {
  if (!walks.some((walk) => walk !== undefined)) return undefined;
  return (args: readonly unknown[], holder: ResourceHolder) => {
    for (let i = 0; i < walks.length; i++) walks[i]?.(args[i], holder);
  };
}

export function handoverOf({ parameters, result }: FunctionType): Handover {
  const taken = parameters.map(({ type }) =>
    handleWalk<[ResourceHolder]>(type, ({ kind }) => (object, { objects }) => {
      if (kind === "own") objects.letGo(object as object);
    }),
  );
  const untaken = parameters.map(({ type }) =>
    handleWalk<[ResourceHolder]>(type, ({ kind, resource }) => (object, holder) => {
      if (kind === "own" && holder.objects.letGo(object as object))
        disposeOf(object as object, resource.name, holder);
    }),
  );
  return {
    given:
      result &&
      handleWalk<[ResourceHolder]>(result, ({ resource }) => (object, holder) => {
        if (isObject(object)) holder.objects.hold(object, () => disposeOf(object, resource.name, holder));
      }),
    unwanted:
      result &&
      handleWalk<[ResourceHolder]>(result, ({ resource }) => (object, holder) => {
        if (isObject(object) && holder.objects.letGo(object)) disposeOf(object, resource.name, holder);
      }),
    taken: eachArgument(taken),
    untaken: eachArgument(untaken),
  };
}

/** Call of a constructor, a method or a static function, with its arguments as a guest passes them. */
export function resourceCall(wanted: string) {
  const { kind, resource = "", name } = parseFunctionName(wanted);
  const className = pascalCase(resource);
  const key = camelCase(name);
  return (functions: GivenGroup, args: readonly unknown[]): unknown => {
    if (kind === "method") {
      const [self, ...others] = args;
      return (self as Record<string, (...args: unknown[]) => unknown>)[key]!(...others);
    }
    const type = functions[className] as unknown as new (...args: unknown[]) => object;
    if (kind === "constructor") return new type(...args);
    return (type as unknown as Record<string, (...args: unknown[]) => unknown>)[key]!(...args);
  };
}

/** Function that the group has for a name of WIT's, for a constructor the class. It is known to be there. */
export function patternOf(group: GivenGroup, wanted: string): HostFunction {
  const { kind, resource = "", name } = parseFunctionName(wanted);
  if (kind === "free") return group[camelCase(name)]!;
  const type = group[pascalCase(resource)]!;
  if (kind === "constructor") return type;
  const holder: unknown = kind === "static" ? type : type.prototype;
  return (holder as Record<string, HostFunction>)[camelCase(name)]!;
}

/** Functions that are told of the end of each resource of the interface, by the names that engines know. */
export function resourceEnds(
  { items }: Interface,
  holder: ResourceHolder,
): Record<string, (object: object) => void> {
  const resources = items.filter((item) => item.kind === "type" && item.definition.body.kind === "resource");
  return Object.fromEntries(
    resources.map(({ name }) => [
      `[resource-drop]${name}`,
      (object) => {
        if (holder.objects.letGo(object)) disposeOf(object, name, holder);
      },
    ]),
  );
}

/** Throws what is told of the failure. */
function disposeOf(object: object, name: string, { failed }: ResourceHolder): void {
  const wanted = `[resource-drop]${name}`;
  const told = (thrown: unknown) => failed(wanted, thrown);
  let outcome: unknown;
  try {
    outcome = (object as Partial<Disposable>)[Symbol.dispose]?.();
  } catch (thrown) {
    throw told(thrown);
  }
  // Nobody waits for it.
  if (isOfClass(outcome, Promise)) outcome.catch(told);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
