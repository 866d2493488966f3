/** Objects of plugins (`wasi:blobstore`) as their guests find them, wherever these run. */
import { afterAll, describe, expect, it } from "vitest";
import { hostCosts } from "../../../host/fuel-prices.ts";
import { buildFilingGuest } from "../../guests/filing-guest.ts";
import { buildStoringGuest } from "../../guests/storing-guest.ts";
import { hostOfEachTest } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const wasm = await buildStoringGuest();
const { host } = hostOfEachTest();
const whole = 2n ** 64n - 1n;

async function storing(settings: object = {}, bytes = wasm) {
  const all = { grants: { files: true, clocks: true }, mode: "fresh", ...settings };
  await host.registry.deploy("storing", bytes, { settings: all as never });
  return async (symbol: string, ...args: unknown[]): Promise<unknown> =>
    (await host.registry.callable("storing", symbol)).call(args);
}

describe.each(["inline", "process"] as const)("objects of a plugin, %s", (placement) => {
  it("are not copied beyond what the call may spend", async () => {
    const call = await storing({ placement });
    await call("containers", "create", "c");
    expect(await call("put", "c", "large", "x".repeat(60_000), 20, true)).toBe("ok");
    await host.registry.configure("storing", { limits: { fuel: 5_000_000 } });
    await expect(call("transfer", false, "c", "large", "c", "copy")).rejects.toMatchObject({
      code: "out-of-fuel",
    });
    expect(await call("names", "c")).toEqual(["large"]);
  });

  it("are written, read in parts, listed, copied, moved and removed", async () => {
    const call = await storing({ placement });
    expect(await call("containers", "exists", "c")).toBe("false");
    expect(await call("containers", "create", "c")).toBe("c");
    expect(await call("containers", "exists", "c")).toBe("true");
    expect(await call("put", "c", "a/b é", "Grüße", 1, true)).toBe("ok");
    expect(await call("get", "c", "a/b é", 0n, whole, true)).toBe("7 Grüße");
    expect(await call("get", "c", "a/b é", 0n, 1n, true)).toBe("2 Gr");
    expect(await call("get", "c", "a/b é", 6n, 100n, true)).toBe("1 e");
    expect(await call("get", "c", "a/b é", 7n, 100n, true)).toBe("0 ");
    expect(await call("get", "c", "a/b é", 2n, 1n, true)).toMatch(/^!.*before it begins/);
    expect(await call("put", "c", "large", "x".repeat(60_000), 20, true)).toBe("ok");
    expect(await call("get", "c", "large", 0n, whole, false)).toBe("1200000 1200000");
    expect(await call("get", "c", "large", 10n, 1_000_009n, false)).toBe("1000000 1000000");
    expect(await call("get", "c", "large", 0n, whole, true)).toMatch(/^!.*1200000 bytes/);
    expect(await call("objects", "info", "c", "large")).toBe("c/large 1200000");
    expect(await call("containers", "create", "d")).toBe("d");
    const before = host.registry.details("storing").counters.fuel;
    expect(await call("transfer", false, "c", "large", "d", "copy")).toBe("ok");
    // Paid as what a guest reads and writes itself.
    const paid = host.registry.details("storing").counters.fuel - before;
    expect(paid).toBeGreaterThan(2 * 1_200_000 * hostCosts.fileByte);
    expect(await call("transfer", true, "c", "a/b é", "d", "copy 2")).toBe("ok");
    expect(await call("names", "c")).toEqual(["large"]);
    expect(((await call("names", "d")) as string[]).sort()).toEqual(["copy", "copy 2"]);
    expect(await call("get", "d", "copy 2", 0n, whole, true)).toBe("7 Grüße");
    expect(await call("get", "d", "copy", 0n, whole, false)).toBe("1200000 1200000");
    expect(await call("transfer", true, "c", "large", "d", "copy 2")).toBe("ok");
    expect(await call("objects", "has", "c", "large")).toBe("false");
    expect(await call("objects", "delete", "d", "missing")).toBe("ok");
    expect(await call("objects", "delete-several", "d", "copy,missing")).toBe("ok");
    expect(await call("names", "d")).toEqual(["copy 2"]);
    for (let i = 0; i < 30; i++) await call("put", "c", `o${i}`, "", 0, true);
    expect(new Set((await call("names", "c")) as string[]).size).toBe(30);
    expect(await call("containers", "clear", "c")).toBe("ok");
    expect(await call("names", "c")).toEqual([]);
    expect(await call("containers", "delete", "d")).toBe("ok");
    expect(await call("containers", "exists", "d")).toBe("false");
  });

  it("fail with a text that names them", async () => {
    const call = await storing({ placement });
    await call("containers", "create", "c");
    expect(await call("containers", "create", "c")).toBe("!c: There is one of this name.");
    expect(await call("containers", "create", "")).toBe("!A name is a text that is not empty, without NUL.");
    expect(await call("containers", "create", "n".repeat(1_025))).toBe("!The name is too long.");
    expect(await call("containers", "delete", "d")).toBe("!d: There is none of this name.");
    expect(await call("get", "c", "a", 0n, 1n, true)).toBe("!c/a: There is none of this name.");
    expect(await call("put", "d", "a", "", 0, true)).toBe("!d: There is none of this name.");
    expect(await call("transfer", true, "c", "a", "c", "b")).toBe("!c/a: There is none of this name.");
    expect(await call("transfer", false, "c", "a", "c", "b")).toBe("!c/a: There is none of this name.");
    expect(await call("objects", "info", "c", "a")).toBe("!c/a: There is none of this name.");
  });
});

describe("objects of plugins", () => {
  it("are there once they are finished, as a whole, and nothing of them where they are not", async () => {
    const call = await storing({ grants: { files: { quota: { bytes: 100_000, files: 5 } }, clocks: true } });
    await call("containers", "create", "c");
    await call("put", "c", "a", "before", 1, true);
    expect(await call("put", "c", "a", "after", 1, false)).toBe("ok");
    expect(await call("get", "c", "a", 0n, whole, true)).toBe("6 before");
    expect(await call("put", "c", "a", "x".repeat(50_000), 3, true)).toMatch(/^!c\/a: The plugin's quota/);
    expect(await call("get", "c", "a", 0n, whole, true)).toBe("6 before");
    expect(await call("put", "c", "a", "x".repeat(49_000), 2, true)).toBe("ok");
    expect(await call("transfer", false, "c", "a", "c", "b")).toMatch(/^!c\/b: The plugin's quota/);
    expect(await call("names", "c")).toEqual(["a"]);
    expect(await call("put", "c", "a", "again", 1, true)).toMatch(/quota|ok/);
  });

  it("are none of its files, whatever it has open", async () => {
    const call = await storing();
    await call("containers", "create", "c");
    await host.registry.remove("storing", { keepData: true });
    const filing = await storing(
      { grants: { files: { mounts: [{ at: "/" }] }, clocks: true } },
      await buildFilingGuest(),
    );
    expect(await filing("names", ".")).toEqual(["data"]);
  });

  it("need the grant", async () => {
    await expect(storing({ grants: { clocks: true } })).rejects.toMatchObject({ code: "import-not-granted" });
  });
});
