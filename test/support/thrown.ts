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
  const thrown = thrownBy(call);
  if (thrown instanceof HotcellError) return thrown;
  throw thrown;
}
