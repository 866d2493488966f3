/** Calls that are made once: what a request with an `Idempotency-Key` is answered. */
import { after, caught, type Soon } from "../../../platform/soon.ts";
import type { KeyedCall, KeyedCalls } from "../../../store/keyed-calls.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";

/**
 * Answer of `make`, or what was answered to the same call before. `make` gives problems as answers too; one that says that
 * nothing was done is not kept. Throws, or rejects with, what `begin` does.
 */
export function onceFor(kept: KeyedCalls, call: KeyedCall, make: () => Soon<PlainAnswer>): Soon<PlainAnswer> {
  return after<Awaited<ReturnType<KeyedCalls["begin"]>>, PlainAnswer>(kept.begin(call), (begun) => {
    if ("answer" in begun) return begun.answer;
    const made = caught(make, (thrown) =>
      after(begun.drop(), () => {
        throw thrown;
      }),
    );
    return after(made, (answer) => {
      const { status, headers, body } = answer;
      const said = wasMade(status) ? begun.settle({ status, headers, body }) : begun.drop();
      return after(said, () => answer);
    });
  });
}

/** Answers that tell of nothing done, by their status: whoever sends it again has it done. */
function wasMade(status: number): boolean {
  return status < 300 || status === 422 || (status >= 500 && status !== 503);
}
