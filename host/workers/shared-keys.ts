/** Calls that are made once, whichever worker is sent them: the process that has the workers keeps their answers. */
import type { PlainAnswer } from "../http/answer/plain-answer.ts";
import { type KeptAnswers, type KeyedCall, madeOnce } from "../http/routes/call/kept-answers.ts";
import type { Soon } from "../platform/soon.ts";
import type { DeskLine } from "./desk-line.ts";

export class SharedKeys implements Pick<KeptAnswers, "once"> {
  readonly #line: Pick<DeskLine, "ask" | "send">;

  constructor(line: Pick<DeskLine, "ask" | "send">) {
    this.#line = line;
  }

  /** See `KeptAnswers.once`. */
  async once(call: KeyedCall, make: () => Soon<PlainAnswer>): Promise<PlainAnswer> {
    const { id, answer } = this.#line.ask({ about: "key", call });
    const told = await answer;
    if ("answer" in told) return told.answer;
    const settle = (answer?: PlainAnswer) =>
      this.#line.send({ desk: "settle", id, ...(answer && { answer }) });
    return madeOnce({ settle, drop: () => settle() }, make);
  }
}
