import { HotcellError } from "../../host/errors.ts";

/** What the call throws. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

/** The catalogued error that the call throws. */
export function refusal(call: () => unknown): HotcellError {
  return catalogued(thrownBy(call));
}

/** The catalogued error that the promise rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<HotcellError> {
  return catalogued(
    await promise.then(
      () => new Error("nothing was thrown"),
      (error: unknown) => error,
    ),
  );
}

function catalogued(thrown: unknown): HotcellError {
  if (thrown instanceof HotcellError) return thrown;
  throw thrown;
}
