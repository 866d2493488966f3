import { handlerInterface, isHandler } from "../capabilities/http/incoming-handler.ts";
import { hostInterface } from "../capabilities/interfaces.ts";
import { HotcellError } from "../errors.ts";
import { sameFunctionType } from "../wit/equal.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { functionsIn } from "../wit/model.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { isLifecycle } from "./host-interfaces.ts";

/** Test for a function that the host calls by itself: no client may. */
export function isDriven(exported: ExportedFunction): boolean {
  return isLifecycle(exported) || isHandler(exported);
}

/**
 * Handler by which a plugin answers requests, if it has one; called for whoever serves, with resources of the cell's own.
 * Throws `lifecycle-mismatch` for one of another type than the host's.
 */
export function handlerOf(functions: readonly ExportedFunction[]): ExportedFunction | undefined {
  const own = functions.find(isHandler);
  if (own === undefined) return undefined;
  const [handle] = functionsIn(hostInterface(handlerInterface)!);
  if (own.name === handle!.name && sameFunctionType(handle!.type, own.type)) return own;
  throw new HotcellError(
    "lifecycle-mismatch",
    `${own.key} is ${writtenOut(own.type)}, which the host can't call.`,
    {
      subject: own.key,
      expected: `${writtenOut(handle!.type)}, of the wasi:http/types that it imports`,
      remedy: "Build the plugin against the published WIT of wasi:http, and import wasi:http/types.",
    },
  );
}
