import { ComponentError, HotcellError, isOfClass } from "../../errors.ts";
import { type FunctionType, resolve } from "../../wit/model.ts";
import { argumentBytes } from "../../wit/values/argument-bytes.ts";
import { CodeCopies } from "../../wit/values/code-copies.ts";
import { rejection } from "../../wit/values/mismatch.ts";
import type { Checkers } from "../../wit/values/values.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import {
  type HostFunction,
  type HostImports,
  type HostPrice,
  maySuspend,
  priceOf,
  suspendsByChance,
} from "../engine.ts";
import type { Meter } from "../fuel/meter.ts";
import {
  type HostFunctionCode,
  type HostFunctionCopies,
  type HostFunctionTools,
  hostFunctionCode,
} from "./host-function-code.ts";
import type { HostFunctionPlan } from "./plan.ts";

/** A host function of one cell, and its conventions: it returns the ok part of a `result`, or throws ComponentError. */
export interface HostCall extends HostConventions {
  /** Pays, before it does anything, for what it touches. */
  readonly supplied: HostFunction;
  /** Units to be paid for every call. */
  readonly price: number;
  /** Code that it is called by: its own, where it is called often. */
  readonly code: HostFunctionCode;
  /** True where it may return a promise. */
  readonly suspends: boolean;
  /** It may do so or not as it happens, and is refused where no call can wait. */
  readonly byChance: boolean;
}

/** Conventions that are the same for a host function in all cells of a component. */
export interface HostConventions {
  readonly name: string;
  /** Makes of what it returned a value that fits its result type, and nothing else of the host's. Throws a `fault`. */
  readonly settle: (value: unknown) => unknown;
  /** Makes of what it threw the error case of its result, as such a value. Throws a `fault`, or the HotcellError. */
  readonly recover: (thrown: unknown) => unknown;
}

/** Finds one host function among what is supplied to a cell. Names are read and checks made once, not for every cell. */
export class HostBinding {
  readonly name: string;
  readonly #conventions: HostConventions;
  readonly #find: (imports: HostImports) => Found | undefined;
  readonly #plan: HostFunctionPlan;
  readonly #code: HostFunctionCode;

  /** `code`: a copy of its own where it is called often. */
  constructor(plan: HostFunctionPlan, checkers: Checkers, code: HostFunctionCode = sharedCode) {
    this.#plan = plan;
    this.#code = code;
    this.#conventions = conventions(plan, checkers, code);
    this.name = this.#conventions.name;
    this.#find = finder(plan, code);
  }

  /** Binds it for the cell whose meter that is. Throws `unknown-import` if the host does not supply it. */
  bind(imports: HostImports, meter: Meter): HostCall {
    const call = this.bindUnpaid(imports);
    const price = priceOf(imports, this.#plan.group, this.#plan.name);
    if (price === undefined) return call;
    const { type } = this.#plan;
    const pays = price.touched !== undefined || (price.byte ?? 0) > 0 || price.owes;
    const supplied = pays ? paying(call.supplied, price, type, meter, this.#code) : call.supplied;
    return { ...call, supplied, price: price.call };
  }

  /** The same where it is paid for elsewhere. */
  bindUnpaid(imports: HostImports): HostCall {
    const { name, settle, recover } = this.#conventions;
    const found = this.#find(imports);
    if (!found) throw missing(name);
    return { name, settle, recover, price: 0, code: this.#code, ...found };
  }

  /** True where the host supplies it and it may return a promise. */
  suspends(imports: HostImports): boolean {
    return this.#find(imports)?.suspends ?? false;
  }
}

function paying(
  supplied: HostFunction,
  { touched, byte = 0, passed, owes }: HostPrice,
  type: FunctionType,
  meter: Meter,
  code: HostFunctionCode,
): HostFunction {
  if (owes) {
    const owe = (units: number) => meter.owe(units);
    return (...args) => supplied(...args, owe);
  }
  if (touched && byte === 0)
    return code.payingTouched(supplied, { touched, passed }, meter, type.parameters.length);
  const bytesOf = byte > 0 ? argumentBytes(type) : () => 0;
  return (...args) => {
    meter.pay((touched?.(...args) ?? 0) + byte * bytesOf(args));
    if (passed) meter.passOn(passed(...args));
    return supplied(...args);
  };
}

export function conventions(
  plan: HostFunctionPlan,
  checkers: Checkers,
  code: HostFunctionCode = sharedCode,
): HostConventions {
  const name = fullName(plan);
  const type = plan.type.result && resolve(plan.type.result);
  const check = type && checkers.of(type);
  const returnsResult = type?.kind === "result";
  const checkOk = type?.kind === "result" && type.ok ? checkers.of(type.ok) : undefined;

  const checked = (value: unknown, said = "returned a wrong value"): unknown => {
    try {
      return check!(value);
    } catch (thrown) {
      const cause = rejection(type!, "", thrown);
      const { subject, expected } = cause.facts;
      const actual = unquoted(String(cause.facts.actual));
      const at = subject === "value" ? "" : `${subject}: `;
      throw new HotcellError(
        "fault",
        `The host function ${name} ${said}: ${at}expected ${expected}, got ${actual}.`,
        {
          subject: name,
          ...(expected !== undefined && { expected }),
          actual,
          remedy: remedyFor(cause, returnsResult),
          cause,
        },
      );
    }
  };
  const refuse = (promise: Promise<unknown>): never => {
    // Nobody waits for it: what it rejects with would end the host's Node.
    promise.catch(() => {});
    throw new HotcellError("fault", `The host function ${name} returned a promise.`, {
      subject: name,
      remedy: "Make it an async function, or mark it with suspending(), for the plugin to wait for it.",
    });
  };
  return {
    name,
    settle: code.settling({ check, checkOk, returnsResult, done, refuse, checked }),
    recover(thrown) {
      if (returnsResult && isOfClass(thrown, ComponentError))
        return checked({ tag: "err", val: thrown.payload }, "threw a ComponentError with a wrong payload");
      // Passed on, it would look like an error of the plugin's own.
      if (isOfClass(thrown, HotcellError) && !(thrown instanceof ComponentError)) throw thrown;
      const remedy = `Look at the cause.${returnsResult ? ` ${resultRemedy}` : ""}`;
      throw new HotcellError("fault", `The host function ${name} failed.`, {
        subject: name,
        remedy,
        cause: thrown,
      });
    },
  };
}

/** Value in a few words, for whoever called the plugin: a text of the host's at the wrong place may be anything; the cause quotes it. */
function unquoted(preview: string): string {
  return preview.startsWith('"') ? "a text" : preview;
}

/** Value of a `result` without anything in its ok case. */
const done = Object.freeze({ tag: "ok", val: undefined });

function remedyFor({ facts: { remedy } }: HotcellError, returnsResult: boolean): string {
  const meant = remedy === undefined ? "" : `${remedy} `;
  return `${meant}${returnsResult ? resultRemedy : "Return what its WIT type says."}`;
}

const resultRemedy =
  "A host function returns the ok part of its result, and throws new ComponentError(payload) for the error.";

/** Name as the component spells it, after its interface. */
function fullName({ group, name }: HostFunctionPlan): string {
  return group === "$root" ? name : `${group}#${name}`;
}

const tools: HostFunctionTools = { isPromise };

/** `isOfClass` of promises, written out: V8 compares with one class in place. */
function isPromise(value: unknown): value is Promise<unknown> {
  try {
    return value instanceof Promise;
  } catch {
    return false;
  }
}

/** Copies of the code for host functions, for one component. */
export function hostFunctionCopies(): HostFunctionCopies {
  return new CodeCopies(hostFunctionCode, tools);
}

/** Code that all share who have no copy of their own. */
const sharedCode = hostFunctionCode(tools);

type Found = Pick<HostCall, "supplied" | "suspends" | "byChance">;

function finder(plan: HostFunctionPlan, code: HostFunctionCode): (imports: HostImports) => Found | undefined {
  const { group } = plan;
  const { kind, resource, name: member } = parseFunctionName(plan.name);
  const key = camelCase(member);
  const groupOf = (imports: HostImports) => (Object.hasOwn(imports, group) ? imports[group] : undefined);
  if (kind === "free") {
    return (imports) => {
      const supplied = ownFunction(groupOf(imports), key);
      return supplied && foundAs(supplied);
    };
  }
  const className = pascalCase(resource ?? "");
  const own = (self: unknown): HostFunction => {
    const found = memberOf(self, key);
    if (!found) throw noMethod(fullName(plan), key);
    return found;
  };
  return (imports) => {
    const exact = ownFunction(groupOf(imports), plan.name);
    if (exact) return foundAs(exact);
    const type = ownFunction(groupOf(imports), className);
    if (!type) return undefined;
    if (kind === "constructor") return foundAs(type, code.constructing(type, plan.type.parameters.length));
    const method = memberOf(kind === "static" ? type : type.prototype, key);
    if (!method) return undefined;
    const count = plan.type.parameters.length;
    if (kind === "static") return foundAs(method, code.callingStatic(method, type, key, count));
    return foundAs(method, code.calling(method, key, count, own));
  };
}

/** `call`: that which was marked. */
function foundAs(call: HostFunction, supplied = call): Found {
  return { supplied, suspends: maySuspend(call), byChance: suspendsByChance(call) };
}

function ownFunction(group: HostImports[string] | undefined, key: string): HostFunction | undefined {
  const found = group !== undefined && Object.hasOwn(group, key) ? group[key] : undefined;
  return typeof found === "function" ? found : undefined;
}

/** A function of an object or of a class it extends, but nothing that every object has: names are the guest's. */
function memberOf(object: unknown, key: string): HostFunction | undefined {
  for (
    let at = object;
    at !== null && at !== undefined && at !== Object.prototype && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (!Object.hasOwn(at, key)) continue;
    const found = (object as Record<string, unknown>)[key];
    return typeof found === "function" ? (found as HostFunction) : undefined;
  }
  return undefined;
}

function noMethod(name: string, key: string): HotcellError {
  return new HotcellError("fault", `The host's object that ${name} is called on has no method ${key}.`, {
    subject: name,
    remedy: "Give the plugin objects that have all methods of their resource.",
  });
}

function missing(name: string): HotcellError {
  return new HotcellError("unknown-import", `The host supplies no function ${name}.`, { subject: name });
}
