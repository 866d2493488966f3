/** Links at deploy: which can be made, who may make them, and what may become of the plugins that they lead to. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import type { DeployOptions } from "../../../host/registry/api.ts";
import { checkout, passing, tax } from "../../guests/linked-plugins.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusalOf } from "../../support/thrown.ts";

/** Without `count`, and `rate-for` takes a number. */
const otherFunctions = `rate-for: func(country: u32) -> result<u32, string>; echo: func(text: string) -> string;
  sum: func(numbers: list<u32>) -> u64; boom: func(); spin: func();`;
const otherSource = `import { Result } from "wit-types";
  export function rateFor(country: u32): Result<u32, string> { return Result.ok<u32, string>(country); }
  export function echo(text: string): string { return text; }
  export function sum(numbers: Uint32Array): u64 { return 0; }
  export function boom(): void {}
  export function spin(): void {}`;

const [plain, newer, other, asking, pass] = [
  await tax(),
  await tax({ version: "1.1.0", added: 1 }),
  await tax({ functions: otherFunctions, source: otherSource }),
  await checkout(),
  await passing(),
];
afterAll(removeTemporaryFolders);

let host: Host;
beforeEach(async () => {
  host = await createHost();
});
afterEach(() => host.close());

const linkedTo = (plugin: string, name = "acme:tax/rates"): DeployOptions => ({
  settings: { grants: { plugins: { [name]: plugin } } },
});
const price = () => host.registry.callJson("checkout", "price", [100, "at"]);

describe("a link", () => {
  it("is shown by both plugins, and by the plan", async () => {
    const alone = await host.registry.deploy("tax", plain);
    expect(alone.links).toBeUndefined();
    const plan = await host.registry.deploy("checkout", asking, { ...linkedTo("tax"), dryRun: true });
    expect(plan.links).toEqual({ to: { "acme:tax/rates": "tax" }, from: [], breaks: [] });
    expect(host.registry.details("tax").links).toBeUndefined();
    await host.registry.deploy("checkout", asking, linkedTo("tax"));
    expect(host.registry.details("checkout").links).toEqual({ to: { "acme:tax/rates": "tax" }, from: [] });
    expect(host.registry.details("tax").links).toEqual({ to: {}, from: ["checkout"] });
  });

  it.each([
    ["by name", "acme:tax/rates"],
    ["by name and version", "acme:tax/rates@1.0.0"],
    ["by a compatible version", "acme:tax/rates@1.7.0"],
  ])("is found %s", async (_, name) => {
    await host.registry.deploy("tax", plain);
    await host.registry.deploy("checkout", asking, linkedTo("tax", name));
    expect(await price()).toBe(120);
  });

  it("is refused by another version of the import, as an import that nobody offers", async () => {
    await host.registry.deploy("tax", plain);
    const error = await refusalOf(
      host.registry.deploy("checkout", asking, linkedTo("tax", "acme:tax/rates@2.0.0")),
    );
    expect(error.code).toBe("unknown-import");
    expect(error.facts.remedy).toContain('{"grants":{"plugins":{"acme:tax/rates":"NAME"}}}');
  });

  it("is refused to a plugin that is not there", async () => {
    const error = await refusalOf(host.registry.deploy("checkout", asking, linkedTo("tax")));
    expect(error.toProblem()).toMatchObject({
      code: "bad-link",
      reason: "not-deployed",
      subject: "acme:tax/rates@1.0.0",
      detail: "checkout is linked to the plugin tax for acme:tax/rates@1.0.0, and there is no such plugin.",
    });
  });

  it("is refused to a plugin that exports other types, with what differs", async () => {
    await host.registry.deploy("tax", other);
    const error = await refusalOf(host.registry.deploy("checkout", asking, linkedTo("tax")));
    expect(error.toProblem()).toMatchObject({ code: "bad-link", reason: "mismatch" });
    expect(error.message).toContain("It exports no function acme:tax/rates@1.0.0#count.");
    expect(error.message).toContain(
      "acme:tax/rates@1.0.0#rate-for is func(country: u32) -> result<u32, string> there, and is imported as func(country: string) -> result<u32, string>.",
    );
    expect(host.registry.list().map(({ name }) => name)).toEqual(["tax"]);
  });

  it("is refused where it leads back, at one step or at several", async () => {
    const deploy = (name: string, to: string) =>
      host.registry.deploy(name, pass, { ...linkedTo(to), allowBreaking: true });
    await host.registry.deploy("c", plain);
    await deploy("b", "c");
    await deploy("a", "b");
    expect(await host.registry.callJson("a", "rates/echo", ["through"])).toBe("through");
    const self = await refusalOf(deploy("c", "c"));
    expect(self.toProblem()).toMatchObject({ code: "bad-link", reason: "circle" });
    expect(self.message).toBe("A call would come back to the plugin that made it: c → c.");
    expect((await refusalOf(deploy("c", "a"))).message).toContain("c → a → b → c");
    // A grant that the plugin has nothing of counts as well: its next version may have.
    const unused = { grants: { plugins: { "acme:other/thing": "a" } } };
    expect((await refusalOf(host.registry.configure("c", unused))).code).toBe("bad-link");
  });

  it("is refused where calls would go on through too many plugins, wherever in the row it is made", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    await host.registry.deploy("h", plain);
    for (let i = 6; i >= 0; i--) await host.registry.deploy(names[i]!, pass, linkedTo(names[i + 1]!));
    expect(await host.registry.callJson("a", "rates/echo", ["through"])).toBe("through");
    const front = await refusalOf(host.registry.deploy("front", pass, linkedTo("a")));
    expect(front.toProblem()).toMatchObject({ code: "bad-link", reason: "too-deep", limit: 8, actual: 9 });
    await host.registry.deploy("i", plain);
    const behind = host.registry.deploy("h", pass, { ...linkedTo("i"), allowBreaking: true });
    expect((await refusalOf(behind)).toProblem()).toMatchObject({ reason: "too-deep" });
  });
});

describe("a plugin that others are linked to", () => {
  beforeEach(async () => {
    await host.registry.deploy("tax", plain);
    await host.registry.deploy("checkout", asking, linkedTo("tax"));
  });

  it("is swapped, and the next call gets the new one", async () => {
    expect(await price()).toBe(120);
    const swapped = await host.registry.deploy("tax", newer);
    expect(swapped.links).toEqual({ to: {}, from: ["checkout"], breaks: [] });
    expect(await price()).toBe(121);
    await host.registry.rollback("tax");
    expect(await price()).toBe(120);
  });

  it("is not replaced by a version that does not serve them, though breaking changes are allowed", async () => {
    for (const dryRun of [true, false]) {
      const error = await refusalOf(host.registry.deploy("tax", other, { allowBreaking: true, dryRun }));
      expect(error.toProblem()).toMatchObject({
        code: "has-dependants",
        status: 409,
        subject: "tax",
        dependants: [{ plugin: "checkout" }],
      });
      expect(error.message).toContain("checkout: ");
      expect(error.message).toContain("It exports no function acme:tax/rates@1.0.0#count.");
      expect(error.facts.remedy).toContain("?breaks=checkout");
    }
    expect(await price()).toBe(120);
  });

  it("is replaced where they are named, and what still fits goes on", async () => {
    const breaking = { allowBreaking: true, breaks: ["checkout"] };
    const swapped = await host.registry.deploy("tax", other, breaking);
    expect(swapped.links?.breaks).toEqual(["checkout"]);
    expect((await refusalOf(price())).facts.extra).toMatchObject({ reason: "bad-link", callee: "tax" });
    const gone = await refusalOf(host.registry.callJson("checkout", "count", []));
    expect(gone.facts.extra).toMatchObject({ reason: "function-not-found" });
    expect(await host.registry.callJson("checkout", "echo", ["fits"])).toBe("fits");
    // Nothing more is taken from it by another one like that.
    await host.registry.configure("tax", { mode: "fresh" }, { allowStateLoss: true });
    await host.registry.rollback("tax");
    expect(await price()).toBe(120);
    const back = await refusalOf(host.registry.rollback("tax"));
    expect(back.code).toBe("has-dependants");
    await host.registry.rollback("tax", undefined, { breaks: ["checkout"] });
  });

  it("is not removed unless they are named", async () => {
    const error = await refusalOf(host.registry.remove("tax"));
    expect(error.toProblem()).toMatchObject({ code: "has-dependants", dependants: [{ plugin: "checkout" }] });
    expect((await refusalOf(host.registry.remove("tax", { breaks: ["others"] }))).code).toBe(
      "has-dependants",
    );
    await host.registry.remove("tax", { breaks: ["checkout"] });
    expect(host.registry.list().map(({ name }) => name)).toEqual(["checkout"]);
    // It may be removed itself, and then nothing holds the other.
    await host.registry.remove("checkout");
  });

  it("is let go by one that is linked elsewhere", async () => {
    await host.registry.deploy("toll", newer);
    const changed = await host.registry.configure("checkout", {
      grants: { plugins: { "acme:tax/rates": "toll" } },
    });
    expect(changed.outcome).toBe("swapped");
    expect(await price()).toBe(121);
    await host.registry.remove("tax");
    expect(host.registry.details("toll").links?.from).toEqual(["checkout"]);
  });
});

describe("two deployments at once", () => {
  it("make no circle together", async () => {
    await host.registry.deploy("a", plain);
    await host.registry.deploy("b", plain);
    const both = await Promise.allSettled([
      host.registry.deploy("a", pass, { ...linkedTo("b", "acme:tax/rates"), allowBreaking: true }),
      host.registry.deploy("b", pass, { ...linkedTo("a", "acme:tax/rates"), allowBreaking: true }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const { reason } = both.find((each) => each.status === "rejected") as PromiseRejectedResult;
    expect(reason.facts.extra).toMatchObject({ reason: "circle" });
  });

  it("leave no plugin linked to a version that does not serve it", async () => {
    await host.registry.deploy("tax", plain);
    const both = await Promise.allSettled([
      host.registry.deploy("tax", other, { allowBreaking: true }),
      host.registry.deploy("checkout", asking, linkedTo("tax")),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});
