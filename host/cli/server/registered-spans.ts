/** Spans of a host that is a program of its own, whose owner has had Node load an SDK of OpenTelemetry before it. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SpanApi } from "../../observe/span-api.ts";
import { recordSpans } from "../../observe/spans.ts";
import { printError } from "../terminal.ts";

/** Place where all copies of `@opentelemetry/api` 1.x find what an SDK has registered. */
const place = Symbol.for("opentelemetry.js.api.1");
const name = "@opentelemetry/api";

/** Records spans where an SDK is registered for them; else the package is not even looked for. `ratio`: see `SpanOptions`. */
export async function recordRegisteredSpans(ratio?: number): Promise<void> {
  const registered = (globalThis as Record<symbol, unknown>)[place] as
    | { readonly trace?: unknown }
    | undefined;
  if (registered?.trace === undefined) {
    if (ratio !== undefined)
      printError(
        "No spans are recorded: HOTCELL_TRACES or --traces is set, and no SDK of OpenTelemetry is registered.",
      );
    return;
  }
  try {
    recordSpans(await loadedApi(), { ratio: ratio ?? 1 });
  } catch (error) {
    const { message } = error as Error;
    printError(`No spans are recorded: ${name} can't be loaded from the working folder (${message}).`);
  }
}

/** The package as a program in the working folder has it, as the SDK is the owner's and not Hotcell's. */
async function loadedApi(): Promise<SpanApi> {
  const file = createRequire(join(process.cwd(), "program.js")).resolve(name);
  const loaded = (await import(pathToFileURL(file).href)) as SpanApi & { readonly default?: SpanApi };
  return loaded.default ?? loaded;
}
