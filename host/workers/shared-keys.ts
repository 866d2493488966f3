/** Calls that are made once, whichever worker is sent them: the process that has the workers keeps their answers. */
import type { BegunCall, KeptAnswer, KeyedCall, KeyedCalls } from "../store/keyed-calls.ts";
import type { DeskLine } from "./desk-line.ts";

export class SharedKeys implements KeyedCalls {
  readonly #line: Pick<DeskLine, "ask" | "send">;

  constructor(line: Pick<DeskLine, "ask" | "send">) {
    this.#line = line;
  }

  async begin(call: KeyedCall): Promise<BegunCall | { readonly answer: KeptAnswer }> {
    const { id, answer } = this.#line.ask({ about: "key", call });
    const told = await answer;
    if ("answer" in told) return told;
    const settle = (answer?: KeptAnswer) =>
      this.#line.send({ desk: "settle", id, ...(answer && { answer }) });
    return { settle, drop: () => settle() };
  }
}
