/** Corpus of compared worlds, as worlds: `diff-cases/NAME/old.wit` and `new.wit`. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeComponentType } from "../../host/component/component-type.ts";
import type { World } from "../../host/wit/model.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";

export const diffCasesFolder = fileURLToPath(new URL("diff-cases", import.meta.url));

/** Names of all cases. */
export const diffCases: readonly string[] = readdirSync(diffCasesFolder).sort();

export function diffCaseWorld(name: string, file: "old.wit" | "new.wit"): World {
  const wit = readFileSync(`${diffCasesFolder}/${name}/${file}`, "utf8");
  return decodeComponentType(componentTypeOf(dummyModule(wit))).world;
}
