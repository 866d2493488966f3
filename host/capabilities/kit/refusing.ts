import { ComponentError, HotcellError } from "../../errors.ts";
import { functionsIn, resolve } from "../../wit/model.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import type { DeploymentContext, Member } from "../capability.ts";

/**
 * Every function of an interface, for what is not to be had: those that can fail give the error `payload`. The others
 * are methods of things that such an interface never gives out, so nobody can call them.
 */
export function refusing(
  name: string,
  typesOf: DeploymentContext["typesOf"],
  payload: unknown,
): Readonly<Record<string, Member>> {
  const functions: Record<string, Member> = {};
  for (const { name: full, type } of functionsIn(typesOf(name))) {
    // Made once: making an error takes microseconds, and guests see nothing but its payload.
    const refused = new ComponentError(payload, `${name}#${full} is not available to plugins.`);
    const refuse = () => {
      if (type.result && resolve(type.result).kind === "result") throw refused;
      throw new HotcellError("fault", `${name}#${full} was called on something that does not exist.`);
    };
    const { kind, resource = "", name: member } = parseFunctionName(full);
    if (kind === "free") {
      functions[camelCase(member)] = refuse;
      continue;
    }
    functions[pascalCase(resource)] ??= class {};
    const target = functions[pascalCase(resource)]!;
    if (kind === "constructor") continue;
    Object.defineProperty(kind === "static" ? target : target.prototype, camelCase(member), {
      value: refuse,
    });
  }
  return functions;
}
