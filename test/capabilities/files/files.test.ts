/** Files of plugins as their guests find them, wherever these run. */
import { afterAll, describe, expect, it } from "vitest";
import { buildFilingGuest, fileCodes } from "../../guests/filing-guest.ts";
import { hostOfEachTest } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const wasm = await buildFilingGuest();
const { host } = hostOfEachTest();

interface Settings {
  readonly placement?: "inline" | "process";
  readonly mode?: "shared" | "fresh";
  readonly grants?: Readonly<Record<string, unknown>>;
}

/** Deploys it; what it answers with is told by its code where that is one. */
async function filing({ grants = { files: true }, ...settings }: Settings = {}, name = "filing") {
  await host.registry.deploy(name, wasm, { settings: { ...settings, grants: { clocks: true, ...grants } } });
  return async (symbol: string, ...args: unknown[]): Promise<unknown> => {
    const told = await (await host.registry.callable(name, symbol)).call(args);
    const code = typeof told === "string" ? /^!(\d+)$/.exec(told)?.[1] : undefined;
    return code === undefined ? told : fileCodes[Number(code)];
  };
}

const places = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ placement, mode })),
);

describe.each(places)("files of a plugin, $placement and $mode", (place) => {
  it("are written, read, listed, renamed and removed", async () => {
    const call = await filing(place);
    expect(await call("folders")).toEqual(["/data"]);
    expect(await call("write", "a.txt", "Grüße", 0n)).toBe("7");
    expect(await call("read", "a.txt")).toBe("Grüße");
    expect(await call("append", "a.txt", ", Ada")).toBe("ok");
    expect(await call("read-stream", "a.txt", 0n, 1000n)).toBe("Grüße, Ada");
    expect(await call("read-stream", "a.txt", 9n, 1n)).toBe("Ada");
    expect(await call("stream-on", "b.txt", "x".repeat(30_000), 10)).toBe("ok");
    expect(await call("facts", "b.txt")).toMatch(/^f 300000 1 \d+\.\d+$/);
    expect(await call("act", "mkdir", "d", "")).toBe("ok");
    expect(await call("act", "rename", "b.txt", "d/c.txt")).toBe("ok");
    expect(await call("names", ".")).toEqual(["a.txt", "d"]);
    expect(await call("names", "d")).toEqual(["c.txt"]);
    expect(await call("act", "rmdir", "d", "")).toBe("not-empty");
    expect(await call("act", "unlink", "d/c.txt", "")).toBe("ok");
    expect(await call("act", "rmdir", "d", "")).toBe("ok");
    expect(await call("act", "touch", "a.txt", "1234567890")).toBe("ok");
    expect(await call("facts", "a.txt")).toBe("f 12 1 1234567890.5");
    expect(await call("act", "sync", "", "")).toBe("ok");
  });

  it("fail by the codes of WASI", async () => {
    const call = await filing(place);
    await call("write", "a", "1", 0n);
    expect(await call("read", "missing")).toBe("no-entry");
    expect(await call("read", "/etc/hostname")).toBe("not-permitted");
    expect(await call("read", "../a")).toBe("not-permitted");
    expect(await call("read", "a/../../a")).toBe("not-directory");
    expect(await call("read", "./../a")).toBe("not-permitted");
    expect(await call("read", "")).toBe("no-entry");
    expect(await call("read", "a\0b")).toBe("invalid");
    expect(await call("read", "a/")).toBe("not-directory");
    expect(await call("read", "a/b")).toBe("not-directory");
    expect(await call("read", ".")).toBe("is-directory");
    expect(await call("read", "n".repeat(256))).toBe("name-too-long");
    expect(await call("read", "n".repeat(1_000_000))).toBe("name-too-long");
    expect(await call("read", "💡".repeat(1500))).toBe("name-too-long");
    expect(await call("act", "link", "a", "b")).toBe("unsupported");
    expect(await call("act", "symlink", "a", "b")).toBe("unsupported");
    expect(await call("act", "symlink", "/etc", "b")).toBe("not-permitted");
    expect(await call("act", "readlink", "a", "")).toBe("invalid");
    expect(await call("act", "extend", "a", "9223372036854775808")).toBe("file-too-large");
    expect(await call("act", "extend", "a", "18446744073709551615")).toBe("file-too-large");
  });

  it("stay for who has one open that was removed", async () => {
    const call = await filing(place);
    expect(await call("kept", "k")).toBe("still here 0 !20");
    expect(await call("act", "same", ".", "./.")).toBe("true true");
    await call("write", "a", "1", 0n);
    expect(await call("act", "same", "a", ".")).toBe("false false");
  });

  it("are no more than a cell may have open", async () => {
    const call = await filing(place);
    expect(await call("hoard", "h", 2_000)).toBe("insufficient-memory");
    expect(await call("read", "h")).toBe(place.mode === "fresh" ? "" : "insufficient-memory");
  });
});

describe("files of plugins", () => {
  it("are each plugin's own, and outlast its versions and its cells", async () => {
    const one = await filing({ mode: "fresh" });
    await one("write", "mine", "1", 0n);
    const other = await filing({}, "other");
    expect(await other("names", ".")).toEqual([]);
    await host.registry.deploy("filing", wasm, { settings: { placement: "process" } });
    expect(await one("read", "mine")).toBe("1");
  });

  it("are refused beyond the quota, by whichever way it is met, and what was there stays", async () => {
    const call = await filing({ grants: { files: { quota: { bytes: 1_000, files: 4 } } } });
    expect(await call("write", "a", "x".repeat(900), 0n)).toBe("900");
    expect(await call("write", "b", "x".repeat(100), 0n)).toBe("100");
    expect(await call("write", "b", "y", 100n)).toBe("quota");
    expect(await call("append", "b", "y")).toBe("quota");
    expect(await call("stream-on", "c", "y", 3)).toBe("quota");
    expect(await call("act", "extend", "b", "101")).toBe("quota");
    expect(await call("write", "d", "", 0n)).toBe("quota");
    expect(await call("act", "mkdir", "d", "")).toBe("quota");
    expect(await call("act", "unlink", "c", "")).toBe("ok");
    expect(await call("act", "extend", "a", "0")).toBe("ok");
    expect(await call("write", "b", "y".repeat(900), 100n)).toBe("900");
    expect(await call("act", "mkdir", "d", "")).toBe("ok");
  });

  it("are only read where they are mounted to be", async () => {
    const call = await filing({
      mode: "fresh",
      grants: { files: { mounts: [{ at: "/data" }, { at: "/docs/all" }] } },
    });
    expect(await call("folders")).toEqual(["/data", "/docs/all"]);
    await call("write", "a", "1", 0n);
    await call("act", "mkdir", "d", "");
    const grants = { files: { mounts: [{ at: "/data", readonly: true }] } };
    await host.registry.deploy("filing", wasm, { settings: { grants } });
    expect(await call("read", "a")).toBe("1");
    expect(await call("names", ".")).toEqual(["a", "d"]);
    expect(await call("write", "a", "2", 0n)).toBe("read-only");
    expect(await call("write", "b", "2", 0n)).toBe("read-only");
    expect(await call("append", "a", "2")).toBe("read-only");
    expect(await call("act", "mkdir", "e", "")).toBe("read-only");
    expect(await call("act", "rmdir", "d", "")).toBe("read-only");
    expect(await call("act", "unlink", "a", "")).toBe("read-only");
    expect(await call("act", "rename", "a", "b")).toBe("read-only");
    expect(await call("act", "touch", "a", "1")).toBe("read-only");
    expect(await call("read", "a")).toBe("1");
  });

  it("go with their plugin, or stay for the next of its name, as whoever removes it says", async () => {
    const call = await filing();
    await call("write", "a", "12345", 0n);
    await expect(host.registry.remove("filing")).rejects.toMatchObject({
      code: "data-kept",
      facts: { actual: "1 file (5 bytes)" },
    });
    await host.registry.remove("filing", { keepData: true });
    const again = await filing();
    expect(await again("read", "a")).toBe("12345");
    await host.registry.remove("filing", { keepData: false });
    const anew = await filing();
    expect(await anew("names", ".")).toEqual([]);
    // Folders alone are nothing to ask about, and nothing for the next of its name.
    await anew("act", "mkdir", "d", "");
    await host.registry.remove("filing");
    const last = await filing();
    expect(await last("names", ".")).toEqual([]);
  });

  it("are none where they are not granted", async () => {
    const call = await filing({ grants: {} });
    expect(await call("folders")).toEqual([]);
  });

  it("are counted to the byte while many cells write at once", async () => {
    const grants = { files: { quota: { bytes: 10_000, files: 100 } } };
    const cells = 4;
    const call = await filing({ placement: "process", mode: "fresh", grants });
    const writers = Array.from({ length: 8 * cells }, async (_, i) =>
      call("write", `f${i}`, "x".repeat(700), 0n),
    );
    const answers = await Promise.all(writers);
    expect(answers.filter((answer) => answer === "700")).toHaveLength(14);
    expect(answers.filter((answer) => answer === "quota")).toHaveLength(18);
    expect(await call("write", "rest", "x".repeat(200), 0n)).toBe("200");
    expect(await call("append", "rest", "x")).toBe("quota");
  });
});
