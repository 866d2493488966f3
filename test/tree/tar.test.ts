/** Tars of files that come with a version: what packers make of a folder is taken, and nothing else. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packTar, type TarHeader } from "modern-tar";
import { afterAll, describe, expect, it } from "vitest";
import { filesOfTar } from "../../host/tree/tar.ts";
import { refusalOf } from "../support/thrown.ts";

const limits = { uploadFiles: 100, uploadFileBytes: 1_000_000 };
const folder = mkdtempSync(join(tmpdir(), "hotcell-tar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const textsOf = async (tar: Uint8Array) =>
  Object.fromEntries(
    [...(await filesOfTar(tar, limits))].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
  );

/** Packed by the machine's tar. */
function packed(name: string, ...options: readonly string[]): Buffer {
  return execFileSync("tar", [...options, "-cf", "-", "-C", join(folder, name), "."], { maxBuffer: 2 ** 26 });
}

const entry = (header: Partial<TarHeader> & { name: string }, body = "") => ({
  header: { size: body.length, ...header },
  body,
});
const tarOf = (...entries: Parameters<typeof entry>[]) => packTar(entries.map((each) => entry(...each)));

/** Tar with some bytes of its first header set, and its checksum right again. */
async function patched(tar: Promise<Uint8Array>, at: number, text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(await tar);
  bytes.write(text, at, "latin1");
  bytes.fill(" ", 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

describe("a tar of a folder", () => {
  const long = `${"d".repeat(120)}/${"e".repeat(120)}/${"f".repeat(120)}.txt`;

  it.each(["ustar", "gnu", "pax", "v7"])("by tar --format=%s", async (format) => {
    const name = `by-${format}`;
    mkdirSync(join(folder, name, "img/empty"), { recursive: true });
    writeFileSync(join(folder, name, "index.html"), "<h1>Hi</h1>");
    writeFileSync(join(folder, name, "img/ü ☕.svg"), "<svg/>");
    writeFileSync(join(folder, name, "none"), "");
    const deep = format === "gnu" || format === "pax";
    if (deep) {
      mkdirSync(join(folder, name, long, ".."), { recursive: true });
      writeFileSync(join(folder, name, long), "deep");
    }
    expect(await textsOf(packed(name, `--format=${format}`))).toEqual({
      "index.html": "<h1>Hi</h1>",
      "img/ü ☕.svg": "<svg/>",
      none: "",
      ...(deep && { [long]: "deep" }),
    });
  });

  it.each([
    ["a link to a place outside", () => symlinkSync("/etc/passwd", join(folder, "odd", "a")), "symlink"],
    ["a hard link", () => linkSync(join(folder, "odd", "z"), join(folder, "odd", "a")), "link"],
    ["a pipe", () => execFileSync("mkfifo", [join(folder, "odd", "a")]), "fifo"],
  ])("with %s is refused", async (_, make, actual) => {
    rmSync(join(folder, "odd"), { recursive: true, force: true });
    mkdirSync(join(folder, "odd"));
    writeFileSync(join(folder, "odd", "z"), "z");
    make();
    expect(await refusalOf(filesOfTar(packed("odd", "--sort=name"), limits))).toMatchObject({
      code: "bad-files",
      facts: { actual, remedy: expect.stringContaining("--dereference") },
    });
  });

  it.each(["gnu", "pax"])("with a sparse file by --format=%s is refused", async (format) => {
    mkdirSync(join(folder, "sparse"), { recursive: true });
    const file = join(folder, "sparse", "hole");
    writeFileSync(file, "beginning");
    truncateSync(file, 10_000_000);
    expect(
      await refusalOf(filesOfTar(packed("sparse", "--sparse", `--format=${format}`), limits)),
    ).toMatchObject({
      code: "bad-files",
      message: expect.stringContaining("sparse"),
    });
  });
});

describe("a path in a tar", () => {
  it.each([
    ["/etc/passwd", "absolute"],
    ["../a", "leads out"],
    ["a/../../b", "leads out"],
    ["a//b", "empty part"],
    ["a/./b", "empty part"],
    ["..\\..\\a", "backslash"],
    ["C:\\a", "backslash"],
    ["a\nb", "control"],
    ["\u001b[2J", "control"],
    [`${"n".repeat(256)}`, "255 bytes"],
    [`${"é".repeat(128)}`, "255 bytes"],
    [`${"a/".repeat(127)}../x`, "leads out"],
    [`${"a/".repeat(128)}x`, "128 folders"],
    [`${"a/".repeat(3_000)}x`, "may have 4096"],
  ])("%j is refused", async (name, why) => {
    const refusal = await refusalOf(filesOfTar(await tarOf([{ name, pax: { path: name } }, "x"]), limits));
    expect(refusal).toMatchObject({ code: "bad-files", message: expect.stringContaining(why) });
    expect(refusal.facts.subject!.length).toBeLessThan(210);
  });

  it("that is no UTF-8 is refused", async () => {
    const tar = await patched(tarOf([{ name: "a" }, "x"]), 0, "\xff\xfe");
    expect((await refusalOf(filesOfTar(tar, limits))).message).toContain("not UTF-8");
  });

  it("may come once, however it is written", async () => {
    const refusal = await refusalOf(
      filesOfTar(await tarOf([{ name: "a" }, "1"], [{ name: "./a" }, "2"]), limits),
    );
    expect(refusal).toMatchObject({ code: "bad-files", facts: { subject: "a" } });
  });
});

describe("a tar that lies", () => {
  it("about what is in it is refused, however it does", async () => {
    const whole = await tarOf([{ name: "a" }, "x".repeat(600)], [{ name: "b" }, "y"]);
    const sized = (size: string) => patched(tarOf([{ name: "a" }, "x"]), 124, size);
    const lies: readonly (readonly [string, Uint8Array])[] = [
      ["cut in a file", whole.subarray(0, 700)],
      ["cut in a header", whole.subarray(0, 1_700)],
      ["cut at its end", whole.subarray(0, whole.length - 1_024)],
      ["something behind its end", Buffer.concat([whole, Buffer.alloc(512, 1)])],
      ["no tar", Buffer.from("<h1>Hi</h1>".repeat(100))],
      ["empty", new Uint8Array()],
      ["a wrong checksum", Buffer.from(whole).fill("b", 0, 1)],
      ["larger than it is", await sized("00000010000\0")],
      ["huge", await sized("77777777777\0")],
      ["huge in base 256", await sized("\x80\0\0\0\0\0\0\0\0\0\0\x01")],
      ["negative", await sized("-0000000001\0")],
      ["a size before it", await tarOf([{ name: "a", pax: { size: "1" } }, "x"])],
      ["a volume", await patched(tarOf([{ name: "a" }, "x"]), 156, "M")],
      ["a folder with a list", await patched(tarOf([{ name: "a" }, "x"]), 156, "D")],
      ["an old sparse file", await patched(tarOf([{ name: "a" }, "x"]), 156, "S")],
      ["an unknown kind", await patched(tarOf([{ name: "a" }, "x"]), 156, "Z")],
      ["a device", await patched(tarOf([{ name: "a" }, ""]), 156, "4")],
    ];
    for (const [lie, tar] of lies) {
      const refusal = await refusalOf(filesOfTar(tar, limits));
      expect([lie, refusal.code, typeof refusal.facts.remedy]).toEqual([lie, "bad-files", "string"]);
    }
  });
});

describe("a tar with more than a host takes", () => {
  it.each([
    ["files", Array.from({ length: 101 }, (_, i) => [{ name: `${i}` }, ""] as [TarHeader, string]), 100],
    [
      "bytes in files",
      [1, 2].map((i) => [{ name: `${i}` }, "x".repeat(600_000)] as [TarHeader, string]),
      1_000_000,
    ],
  ])("%s is refused", async (what, entries, limit) => {
    expect(await refusalOf(filesOfTar(await tarOf(...entries), limits))).toMatchObject({
      code: "bad-files",
      message: expect.stringContaining(`more than ${limit} ${what}`),
      facts: { limit, remedy: expect.stringContaining("HOTCELL_CEILINGS") },
    });
  });
});
