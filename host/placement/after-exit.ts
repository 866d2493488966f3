import { ExitError, rebuilt } from "../errors.ts";
import { type FunctionType, resolve, type World } from "../wit/model.ts";

/**
 * Why a call has failed whose guest ended itself. Undefined where it has not: with success, as programs do, it comes to
 * what it would if the function had returned, where that takes no value of the guest's.
 */
export function exitFailure({ result }: FunctionType, error: ExitError): ExitError | undefined {
  if (!error.succeeded) return error;
  const type = result && resolve(result);
  if (type === undefined || (type.kind === "result" && type.ok === undefined)) return undefined;
  return rebuilt(error, `${error.message} It has to return a value first.`, {
    ...error.facts,
    expected: "a value",
    remedy: "Let the function return its value; only one that returns none may end by exit.",
  }) as ExitError;
}

/** A call whose guest may end itself with success. */
export function endingWell<F extends (...args: never[]) => unknown>(type: FunctionType, call: F): F {
  const settle = (thrown: unknown): undefined => {
    const failure = thrown instanceof ExitError ? exitFailure(type, thrown) : thrown;
    if (failure !== undefined) throw failure;
  };
  const ending = (...args: never[]) => {
    try {
      const value = call(...args);
      return value instanceof Promise ? value.catch(settle) : value;
    } catch (thrown) {
      return settle(thrown);
    }
  };
  return ending as F;
}

/** True for a world whose guests can end themselves. */
export function mayExit({ imports }: World): boolean {
  return imports.some(({ name }) => name.startsWith("wasi:cli/exit@"));
}
