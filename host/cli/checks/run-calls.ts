/** Runs a `calls.json` against a component in a real host. */

import { HotcellError } from "../../errors.ts";
import { createHost } from "../../host.ts";
import { type Check, type CheckFailure, runCheck } from "../../registry/deploy/call-check.ts";
import type { Checks } from "../../registry/deploy/checks.ts";

export interface CallOutcome {
  readonly call: Check;
  /** Sentence on what went wrong; undefined when the call answered as it must. */
  readonly failure: string | undefined;
  /** Answer that came instead, where one came. */
  readonly answer?: CheckFailure["answer"];
}

/**
 * Deploys the component with the settings of the calls, then makes the calls in order on one plugin, whose state they
 * share. Yields each outcome as it is known. Throws what a deployment throws.
 */
export async function* runCalls(
  plugin: string,
  wasm: Uint8Array,
  checks: Checks,
): AsyncGenerator<CallOutcome, void, void> {
  await using host = await createHost();
  await host.registry.deploy(plugin, wasm, { settings: checks.settings ?? {} });
  for (const call of checks.calls) {
    try {
      const failure = await runCheck(call, (path) => host.registry.callable(plugin, path));
      yield { call, failure: failure?.told, answer: failure?.answer };
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code === "fault") throw error;
      const { remedy } = error.facts;
      yield { call, failure: `${call.call}: ${error.message}${remedy ? ` ${remedy}` : ""}` };
    }
  }
}
