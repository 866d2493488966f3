/** What a host prints of its admin token: for whoever starts it, and not for a journal that others read. */
import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tokenLine } from "../../host/cli/server/token-line.ts";
import { root } from "../support/cli.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-token-line-"));
});
afterEach(() => rm(folder, { recursive: true }));

const admin = { token: "secret-of-the-owner", origin: "kept", file: "/data/token" } as const;

it("says what it is, and where it is kept", () => {
  expect(tokenLine(admin)).toBe("Admin token: secret-of-the-owner (kept in /data/token)");
});

it("says nothing of one that was given", () => {
  expect(tokenLine({ token: "mine", origin: "given" })).toBe("Admin token: the one given");
});

it.each([
  ["only where it is, to the journal", true, "Admin token: in /data/token\n"],
  [
    "what it is where a service has another output",
    false,
    "Admin token: secret-of-the-owner (kept in /data/token)\n",
  ],
])("says %s", async (_, journal, expected) => {
  const file = join(folder, "journal");
  const descriptor = openSync(file, "w");
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  // Standard output is the file, as it is the journal's socket under systemd.
  const source = pathToFileURL(join(root, "host/cli/server/token-line.ts"));
  const program = `import { tokenLine } from "${source}"; console.log(tokenLine(${JSON.stringify(admin)}));`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", descriptor, "pipe"],
    env: { JOURNAL_STREAM: journal ? `${dev}:${ino}` : `${dev}:${ino + 1n}` },
    encoding: "utf8",
  });
  closeSync(descriptor);
  expect(readFileSync(file, "utf8"), stderr).toBe(expected);
});
