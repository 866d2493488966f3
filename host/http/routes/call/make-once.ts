/** Calls that are made once: what a request with an `Idempotency-Key` is answered. */
import { after, caught, type Soon } from "../../../platform/soon.ts";
import type { KeyedCall, KeyedCalls } from "../../../store/keyed-calls.ts";
import type { PlainAnswer } from "../../answer/plain-answer.ts";

/** Progress that a call has made by the time that it is answered. */
export interface CallProgress {
  /** Something of it may have been done. */
  readonly began: boolean;
  /** Something of it was. */
  readonly ran: boolean;
}

/**
 * Answer of `make`, or what was answered to the same call before. `make` gives problems as answers too; one that says that
 * nothing was done is not kept. Throws, or rejects with, what `begin` does.
 */
export function onceFor(
  kept: KeyedCalls,
  call: KeyedCall,
  make: () => Soon<PlainAnswer>,
  progress: () => CallProgress,
): Soon<PlainAnswer> {
  return after<Awaited<ReturnType<KeyedCalls["begin"]>>, PlainAnswer>(kept.begin(call), (begun) => {
    if ("answer" in begun) return begun.answer;
    const made = caught(make, (thrown) =>
      after(begun.drop(), () => {
        throw thrown;
      }),
    );
    return after(made, (answer) => {
      const { status, headers, body } = answer;
      const said = wasMade(answer, progress()) ? begun.settle({ status, headers, body }) : begun.drop();
      return after(said, () => answer);
    });
  });
}

/**
 * Judgement of an answer, by its status: of one that tells of nothing done, whoever sends the call again has it done. Where the host lacks room
 * for the answer, or has ended the call while it was under way, that is 503 too, and something may have been done.
 */
function wasMade({ status, code }: PlainAnswer, { began, ran }: CallProgress): boolean {
  if (status === 503) return ran || (began && code === "closed");
  return status < 300 || status === 422 || status >= 500;
}
