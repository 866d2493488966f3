import { asHotcellError } from "../../errors.ts";
import { RareLine } from "../../platform/rare-line.ts";
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { FileErrorCode } from "./file-error.ts";

/** Failures of what keeps plugins' files: a host's owner is told of them, and a guest the code of WASI that says as much. */
export class FileFailures {
  readonly #line = new RareLine();

  /** Answer to a request, a refusal where it failed. Rejects with `UnexpectedData`. */
  async answer(performed: Promise<Data>): Promise<Data> {
    try {
      return await performed;
    } catch (thrown) {
      if (thrown instanceof UnexpectedData) throw thrown;
      return { error: this.#say(thrown) };
    }
  }

  /** The message names files of the machine, which are no matter of a guest's. */
  #say(thrown: unknown): FileErrorCode {
    const { code, message, facts } = asHotcellError(thrown);
    this.#line.say(() => `Files of plugins fail: ${message} ${facts.remedy ?? ""}`);
    return code === "store-full" ? "insufficient-space" : "io";
  }
}
