/** TypeScript as a careful user has it set, over a project's files. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** What it says of these files of a project, in its strictest mode; an empty text where there is nothing to say. */
export async function complaintsOfTypeScript(project: string, files: readonly string[]): Promise<string> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: "nodenext",
    target: "esnext",
    noEmit: true,
    types: ["node"],
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const checked = await run(process.execPath, [tsc, "-p", project]).catch(
    (error: { stdout: string }) => error,
  );
  return checked.stdout;
}
