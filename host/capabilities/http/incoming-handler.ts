/** Export by which a plugin answers requests, as a world shows it. */
import { type ExportedFunction, exportedFunctions } from "../../wit/exports.ts";
import type { World } from "../../wit/model.ts";
import { parseInterfaceId } from "../../wit/wit-names.ts";

/** Name without version. */
export const handlerInterface = "wasi:http/incoming-handler";

/** Test for a function of the interface, in a version that the host can call: it is never a client's. */
export function isHandler({ interface: owner }: ExportedFunction): boolean {
  const parsed = owner === undefined ? undefined : parseInterfaceId(owner);
  if (parsed === undefined || `${parsed.package}/${parsed.name}` !== handlerInterface) return false;
  return /^0\.2\.\d+$/.test(parsed.version ?? "");
}

/** Test for a world whose plugins answer requests. */
export function servesHttp(world: World): boolean {
  return exportedFunctions(world).some(isHandler);
}
