/**
 * Ways of calling a host function, with a copy of this code for each that a component imports (`code-copies.ts`): methods are looked up,
 * paid for and called at places of their own, so that V8 knows which they are. Shared, each of these steps would be a call that nobody can
 * foresee.
 */
import type { CodeCopies } from "../../wit/values/code-copies.ts";
import type { HostFunction, HostPrice } from "../engine.ts";

/** Code of host functions, a copy for each. */
export type HostFunctionCopies = CodeCopies<HostFunctionCode, HostFunctionTools>;
export type HostFunctionCode = ReturnType<typeof hostFunctionCode>;

export interface HostFunctionTools {
  readonly isPromise: (value: unknown) => value is Promise<unknown>;
}

/** Payer of what a host function touches, and of what it hands on. */
interface Payer {
  pay(units: number): void;
  passOn(bytes: number): void;
}

/** Parts of a price that depend on a call's arguments. */
interface Touching {
  readonly touched: NonNullable<HostPrice["touched"]>;
  readonly passed: HostPrice["passed"];
}

/** Parts of `settling`. `checkOk` is absent where an ok has nothing in it, or the function returns no result. */
interface Settling {
  readonly check: ((value: unknown) => unknown) | undefined;
  readonly checkOk: ((value: unknown) => unknown) | undefined;
  readonly returnsResult: boolean;
  /** Result without anything in its ok case. */
  readonly done: unknown;
  /** Throws what a promise is refused with. */
  readonly refuse: (promise: Promise<unknown>) => never;
  /** Does as `check`, and throws what its host is told. */
  readonly checked: (value: unknown) => unknown;
}

type Marked = Readonly<Record<string, HostFunction>>;

/** Refers to nothing that is not its own or given to it, but types. */
export function hostFunctionCode({ isPromise }: HostFunctionTools) {
  /** Makes an object of a class, of so many arguments. */
  function constructing(type: HostFunction, count: number): HostFunction {
    const made = type as unknown as new (...args: unknown[]) => object;
    // Written out, as an array of arguments costs more than most of what is called so.
    switch (count) {
      case 0:
        return () => new made();
      case 1:
        return (a) => new made(a);
      default:
        return (...args) => Reflect.construct(made, args);
    }
  }

  /**
   * Calls a method of the object that comes first of so many arguments. Most have nothing of their own that stands for the method
   * of the class; `own` finds that of others.
   */
  function calling(
    method: HostFunction,
    key: string,
    count: number,
    own: (self: unknown) => HostFunction,
  ): HostFunction {
    switch (count) {
      case 1:
        return (self) => ((self as Marked)[key] === method ? (self as Marked)[key]!() : own(self).call(self));
      case 2:
        return (self, a) =>
          (self as Marked)[key] === method ? (self as Marked)[key]!(a) : own(self).call(self, a);
      case 3:
        return (self, a, b) =>
          (self as Marked)[key] === method ? (self as Marked)[key]!(a, b) : own(self).call(self, a, b);
      default:
        return (self, ...args) => {
          const found = (self as Marked)[key] === method ? method : own(self);
          return Reflect.apply(found, self, args);
        };
    }
  }

  /** Calls a static method of a class, of so many arguments. */
  function callingStatic(method: HostFunction, type: HostFunction, key: string, count: number): HostFunction {
    const holder = type as unknown as Marked;
    switch (count) {
      case 1:
        return (a) => (holder[key] === method ? holder[key]!(a) : method.call(holder, a));
      case 2:
        return (a, b) => (holder[key] === method ? holder[key]!(a, b) : method.call(holder, a, b));
      default:
        return (...args) => Reflect.apply(method, holder, args);
    }
  }

  /** Asks before a call, of so many arguments, whether `repeats` allows it in an attempt; where not, or without that, calls `require`. */
  function guarding(
    supplied: HostFunction,
    repeats: ((...args: unknown[]) => boolean) | undefined,
    require: () => void,
    count: number,
  ): HostFunction {
    if (repeats === undefined) {
      return (...args) => {
        require();
        return supplied(...args);
      };
    }
    switch (count) {
      case 1:
        return (a) => {
          if (!repeats(a)) require();
          return supplied(a);
        };
      case 2:
        return (a, b) => {
          if (!repeats(a, b)) require();
          return supplied(a, b);
        };
      default:
        return (...args) => {
          if (!repeats(...args)) require();
          return supplied(...args);
        };
    }
  }

  /** Pays for what it touches, of so many arguments, before it is called, and tells of the bytes of these that go no further. */
  function payingTouched(
    supplied: HostFunction,
    { touched, passed }: Touching,
    meter: Payer,
    count: number,
  ): HostFunction {
    switch (count) {
      case 1:
        return (a) => {
          meter.pay(touched(a));
          if (passed) meter.passOn(passed(a));
          return supplied(a);
        };
      case 2:
        return (a, b) => {
          meter.pay(touched(a, b));
          if (passed) meter.passOn(passed(a, b));
          return supplied(a, b);
        };
      case 3:
        return (a, b, c) => {
          meter.pay(touched(a, b, c));
          if (passed) meter.passOn(passed(a, b, c));
          return supplied(a, b, c);
        };
      default:
        return (...args) => {
          meter.pay(touched(...args));
          if (passed) meter.passOn(passed(...args));
          return supplied(...args);
        };
    }
  }

  /** Makes of what a function returned a value that fits its result, and nothing else of the host's. */
  function settling({ check, checkOk, returnsResult, done, refuse, checked }: Settling) {
    return (value: unknown): unknown => {
      if (typeof value === "object" && isPromise(value)) refuse(value);
      if (!check) return undefined;
      if (!returnsResult) return checked(value);
      if (!checkOk) return value === undefined ? done : checked({ tag: "ok", val: value });
      // It need not be read out of an object that is made here.
      let ok: unknown;
      try {
        ok = checkOk(value);
      } catch {
        return checked({ tag: "ok", val: value });
      }
      return { tag: "ok", val: ok };
    };
  }

  return { constructing, calling, callingStatic, guarding, payingTouched, settling };
}
