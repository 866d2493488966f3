/** Runs the checks of a plugin's folder against a component in a real host. */
import { HotcellError } from "../../errors.ts";
import { createHost } from "../../host.ts";
import { type CheckFailure, runCheck } from "../../registry/deploy/call-check.ts";
import { runRequest } from "../../registry/deploy/request-check.ts";
import { nameOfRequest } from "../../registry/deploy/request-form.ts";
import { cutText } from "../../text/cut.ts";
import type { ChecksPart, FolderChecks } from "./folder-checks.ts";

/** Lists that a file of checks may have. */
type ChecksList = "calls" | "requests";

export interface CheckOutcome {
  readonly part: ChecksPart;
  readonly list: ChecksList;
  /** Index in the list. */
  readonly index: number;
  /** Question as a line of text: `greet(["Ada"])` or `GET /hello/Ada`. */
  readonly asked: string;
  /** Sentence on what went wrong; undefined when the answer was as it must be. */
  readonly failure: string | undefined;
  /** Answer that came instead, where one came. */
  readonly answer?: CheckFailure["answer"];
}

interface ToRun extends Pick<CheckOutcome, "part" | "list" | "index" | "asked"> {
  /** Name in what is said of an error. */
  readonly name: string;
  readonly run: () => Promise<CheckFailure | undefined>;
}

/** Components that are deployed beside the one that is tested, by the plugin's name. */
export type Beside = ReadonlyMap<string, Uint8Array>;

/**
 * Deploys the component with its files and the settings of the checks, then makes the calls and the requests in order on one plugin,
 * whose state they share. Yields each outcome as it is known. Throws what a deployment throws.
 */
export async function* runChecks(
  plugin: string,
  wasm: Uint8Array,
  { parts, settings }: FolderChecks,
  beside: Beside = new Map(),
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): AsyncGenerator<CheckOutcome, void, void> {
  await using host = await createHost();
  const { registry } = host;
  for (const [name, component] of beside) await registry.deploy(name, component);
  await registry.deploy(plugin, wasm, { settings, files });
  const calls = parts.flatMap((part) =>
    part.checks.calls.map((check, index): ToRun => {
      const asked = `${check.call}(${excerpt(check.args)})`;
      const run = () => runCheck(check, (path) => registry.callable(plugin, path));
      return { part, list: "calls", index, asked, name: check.call, run };
    }),
  );
  const requests = parts.flatMap((part) =>
    (part.checks.requests ?? []).map((check, index): ToRun => {
      const name = nameOfRequest(check.request);
      const run = () => runRequest(check, () => registry.handler(plugin));
      return { part, list: "requests", index, asked: name, name, run };
    }),
  );
  for (const { name, run, ...check } of [...calls, ...requests]) {
    try {
      const failure = await run();
      yield { ...check, failure: failure?.told, answer: failure?.answer };
    } catch (error) {
      if (!(error instanceof HotcellError) || error.code === "fault") throw error;
      const { remedy } = error.facts;
      yield { ...check, failure: `${name}: ${error.message}${remedy ? ` ${remedy}` : ""}` };
    }
  }
}

/** UTF-16 units of a value that are shown. */
const maxShown = 100;

/** A value on one line, cut short. */
export function excerpt(value: unknown): string {
  return cutText(JSON.stringify(value) ?? "nothing", maxShown);
}
