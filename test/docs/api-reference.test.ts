/** Reference of `hotcell` and `hotcell/hono`, as TypeDoc makes it (tools/api-docs): every export says what it is. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../../tools/api-docs", import.meta.url));
const typedoc = join(folder, "node_modules/typedoc/bin/typedoc");

test.skipIf(!existsSync(typedoc) && !process.env.CI)(
  "every export is documented, and every link leads somewhere",
  async () => {
    const args = [typedoc, "--emit", "none"];
    const outcome = await promisify(execFile)(process.execPath, args, { cwd: folder }).then(
      () => "",
      ({ stdout, stderr }: { stdout: string; stderr: string }) =>
        stripVTControlCharacters(`${stdout}${stderr}`),
    );
    // The same comment is read more than once for members of types that are made of others.
    const told = outcome
      .split("\n")
      .filter((line) => /^\[(warning|error)\]/.test(line) && !line.includes("multiple declarations"));
    expect(told).toEqual([]);
    expect(outcome).toBe("");
  },
);
