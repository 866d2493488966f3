/** Outcomes of `hotcell test` as they are told: a line for each as it comes, or all of them as one JSON value at the end. */

import { harmlessLine } from "../../text/harmless.ts";
import { shownPath } from "../../text/paths.ts";
import { print, printJson } from "../terminal.ts";
import { type CheckOutcome, excerpt } from "./run-checks.ts";
import type { SpecOutcome } from "./run-specs.ts";

type ToldList = CheckOutcome["list"] | "specs";

interface ToldTest {
  readonly state: "ok" | "new" | "failed";
  readonly [member: string]: unknown;
}

export class ToldTests {
  readonly #json: boolean;
  readonly #told: Record<ToldList, ToldTest[]> = { calls: [], requests: [], specs: [] };

  constructor(json: boolean) {
    this.#json = json;
  }

  /** Outcome of a call or request; `written` is true for an answer that came and is expected from now on. */
  check({ list, asked, failure, answer }: CheckOutcome, written: boolean): void {
    if (failure === undefined) this.#tell(list, { state: "ok", asked }, `ok    ${harmlessLine(asked)}`);
    else if (written && answer) {
      const err = answer.kind === "err" ? "err " : "";
      const line = harmlessLine(`${asked}: ${err}${excerpt(answer.value)}`);
      this.#tell(list, { state: "new", asked, answer }, `new   ${line}`);
    } else this.#tell(list, { state: "failed", asked, failure }, `FAIL  ${harmlessLine(failure)}`);
  }

  spec({ place, name, failure }: SpecOutcome): void {
    const line = harmlessLine(`${place} ${name}`);
    const told = failure === undefined ? `ok    ${line}` : `FAIL  ${line}\n      ${harmlessLine(failure)}`;
    const state = failure === undefined ? "ok" : "failed";
    this.#tell("specs", { state, place, name, ...(failure !== undefined && { failure }) }, told);
  }

  /** Sum of the calls and requests. `written`: how many answers went into which file. */
  sumOfChecks(written: Readonly<Record<CheckOutcome["list"], ReadonlyMap<string, number>>>): void {
    for (const list of ["calls", "requests"] as const) {
      const { all, failed } = this.#count(list);
      if (all === 0 || this.#json) continue;
      const files = [...written[list]].map(([file, count]) => `, ${count} written into ${shownPath(file)}`);
      const sum =
        failed === 0 ? `${all} of ${all} ${list} as expected` : `${failed} of ${all} ${list} failed`;
      print(`${sum}${files.join("")}`);
    }
  }

  sumOfSpecs(): void {
    const { all, failed } = this.#count("specs");
    if (!this.#json) print(failed === 0 ? `${all} of ${all} specs pass` : `${failed} of ${all} specs failed`);
  }

  /** Ends the report; true where nothing failed. */
  end(): boolean {
    const ok = Object.values(this.#told).every((list) => list.every(({ state }) => state !== "failed"));
    if (this.#json) printJson({ ok, ...this.#told });
    return ok;
  }

  #tell(list: ToldList, told: ToldTest, line: string): void {
    this.#told[list].push(told);
    if (!this.#json) print(line);
  }

  #count(list: ToldList) {
    const all = this.#told[list];
    return { all: all.length, failed: all.filter(({ state }) => state === "failed").length };
  }
}
