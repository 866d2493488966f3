import { HotcellError } from "../../host/errors.ts";

/** The catalogued error that a promise rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<HotcellError> {
  const thrown = await promise.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  if (thrown instanceof HotcellError) return thrown;
  throw thrown;
}
