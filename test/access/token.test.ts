import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { adminToken, tokenMatcher } from "../../host/access/admin-token.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-token-"));
afterAll(() => rm(scratch, { recursive: true }));

describe("adminToken", () => {
  it("generates one for a new folder, readable by its owner only, and keeps it", async () => {
    const folder = join(scratch, "new", "data");
    const first = await adminToken(folder);
    expect(first).toMatchObject({ origin: "generated", file: join(folder, "token") });
    expect(first.token).toMatch(/^[\w-]{43}$/);
    expect((await stat(join(folder, "token"))).mode & 0o777).toBe(0o600);
    expect(await adminToken(folder)).toEqual({ ...first, origin: "kept" });
  });

  it("gives hosts that start on one folder at the same time the same token", async () => {
    const folder = join(scratch, "shared");
    const tokens = await Promise.all(Array.from({ length: 8 }, () => adminToken(folder)));
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
  });

  it("takes a given one and writes nothing down", async () => {
    const folder = join(scratch, "given");
    expect(await adminToken(folder, "s3cret")).toEqual({ token: "s3cret", origin: "given" });
    await expect(stat(folder)).rejects.toThrow("ENOENT");
  });

  it.each(["", "two words", 'quote"', "ünïcode", "new\nline", "=", "a=b"])("refuses %j", async (token) => {
    await expect(adminToken(scratch, token)).rejects.toMatchObject({ code: "bad-settings" });
  });

  it("says that a data folder is not usable", async () => {
    const file = join(scratch, "a-file");
    await writeFile(file, "");
    for (const folder of [file, join(file, "below")]) {
      await expect(adminToken(folder)).rejects.toMatchObject({
        code: "bad-settings",
        facts: { subject: folder, remedy: expect.stringContaining("HOTCELL_DATA") },
      });
    }
  });

  it("refuses a kept token that was damaged, and says which file it is", async () => {
    await writeFile(join(scratch, "token"), "\n");
    await expect(adminToken(scratch)).rejects.toMatchObject({
      code: "bad-settings",
      facts: { remedy: expect.stringContaining(join(scratch, "token")) },
    });
    expect(await readFile(join(scratch, "token"), "utf8")).toBe("\n");
  });
});

it("matches the token and nothing else", () => {
  const matches = tokenMatcher("s3cret");
  expect(matches("s3cret")).toBe(true);
  for (const other of ["", "s3cre", "s3crets", "S3CRET", "s3cret "]) expect(matches(other)).toBe(false);
});
