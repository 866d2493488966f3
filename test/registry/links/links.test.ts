/** Links between plugins as callers meet them: what goes through, what is told of what fails, and whose it is. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { text } from "../../guests/hostile-text.ts";
import { checkout, tax } from "../../guests/linked-plugins.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";

const components = { tax: await tax(), checkout: await checkout() };
afterAll(removeTemporaryFolders);

let host: Host;

const placements = ["inline", "process"] as const;
const modes = ["shared", "fresh"] as const;

beforeEach(async () => {
  host = await createHost();
});
afterEach(() => host.close());

const call = (name: string, ...args: unknown[]) => host.registry.callJson("checkout", name, args);
const counters = (name: string) => host.registry.details(name).counters;
const deployTax = (settings: SettingsInput = {}) => host.registry.deploy("tax", components.tax, { settings });
const deployCheckout = (settings: SettingsInput = {}) =>
  host.registry.deploy("checkout", components.checkout, {
    settings: { grants: { plugins: { "acme:tax/rates": "tax" } }, ...settings },
  });

const takes = '(param "of" u32) (result u32)';

/** Component that exports a version of `acme:tax/rates` with one function. */
const ratesOf = (version: string, body: string, type: string) =>
  text(`(core module $M (func (export "rate") ${body})) (core instance $m (instantiate $M))
    (func $rate ${type} (canon lift (core func $m "rate")))
    (instance $rates (export "rate" (func $rate)))
    (export "acme:tax/rates@${version}" (instance $rates))`);

/** Component that imports two versions, and adds up what both say. */
const ofBothVersions =
  text(`(import "acme:tax/rates@1.0.0" (instance $one (export "rate" (func (result u32)))))
    (import "acme:tax/rates@2.0.0" (instance $two (export "rate" (func ${takes}))))
    (core func $one (canon lower (func $one "rate")))
    (core func $two (canon lower (func $two "rate")))
    (core module $M
      (import "host" "one" (func $one (result i32))) (import "host" "two" (func $two (param i32) (result i32)))
      (func (export "both") (result i32)
        (i32.add (i32.mul (i32.const 100) (call $one)) (call $two (i32.const 7)))))
    (core instance $m (instantiate $M
      (with "host" (instance (export "one" (func $one)) (export "two" (func $two))))))
    (func (export "both") (result u32) (canon lift (core func $m "both")))`);

describe("a plugin that is linked to another", () => {
  for (const placement of placements)
    for (const mode of modes)
      it(`gets its answers, ${placement} and ${mode}`, async () => {
        await deployTax();
        await deployCheckout({ placement, mode });
        expect(await call("price", 100, "at")).toBe(120);
        expect(await call("echo", "Grüße 🚲")).toBe("Grüße 🚲");
        expect(await call("sum", 1000)).toBe(1000);
        expect([await call("count"), await call("count")]).toEqual([1, 2]);
      });

  it("gets answers out of a process", async () => {
    await deployTax({ placement: "process" });
    await deployCheckout();
    expect(await call("price", 100, "at")).toBe(120);
    expect([await call("count"), await call("count")]).toEqual([1, 2]);
  });

  it.each(placements)(
    "calls the versions of one interface where each is linked to, %s",
    async (placement) => {
      await host.registry.deploy("one", ratesOf("1.0.0", "(result i32) (i32.const 5)", "(result u32)")());
      await host.registry.deploy(
        "two",
        ratesOf("2.0.0", "(param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))", takes)(),
      );
      const plugins = { "acme:tax/rates@1.0.0": "one", "acme:tax/rates@2.0.0": "two" };
      await host.registry.deploy("checkout", ofBothVersions(), {
        settings: { placement, grants: { plugins } },
      });
      expect(await call("both")).toBe(514);
    },
  );

  it("gets the other's errors as they are, and keeps its cell", async () => {
    await deployTax();
    await deployCheckout();
    expect(await call("local")).toBe(1);
    const error = await refusalOf(call("price", 100, "xx"));
    expect(error.toProblem()).toMatchObject({ code: "guest-error", payload: "tax: no rate for xx" });
    expect(await call("local")).toBe(2);
  });

  it("has calls, fuel and traps of its own", async () => {
    await deployTax({ limits: { fuel: 50_000_000 } });
    await deployCheckout();
    await call("echo", "a");
    const [own, others] = [counters("checkout"), counters("tax")];
    expect([own.calls, others.calls]).toEqual([1, 1]);
    expect(own.fuel).toBeGreaterThan(3000);
    expect(others.fuel).toBeGreaterThan(0);
    await refusalOf(call("spin"));
    // What the callee spent is the callee's, and so is the limit that it met.
    expect(counters("tax").fuel).toBeGreaterThan(50_000_000);
    expect(counters("tax").limits).toEqual({ "out-of-fuel": 1 });
    expect(counters("checkout").fuel).toBeLessThan(1_000_000);
    expect(counters("checkout")).toMatchObject({ traps: 1, limits: {} });
  });

  it.each(placements)(
    "has its calls of the other counted, and those that failed there: %s",
    async (placement) => {
      await deployTax();
      await deployCheckout({ placement });
      await call("echo", "a");
      await call("echo", "b");
      await refusalOf(call("price", 100, "xx"));
      await refusalOf(call("boom"));
      // An error that the other returns is an answer.
      expect(counters("checkout").reach).toEqual({ plugins: { "tax.calls": 4, "tax.failed": 1 } });
      expect(counters("tax").reach).toEqual({});
    },
  );

  it("calls from deep in its stack without taking the other's", async () => {
    await deployTax();
    await deployCheckout();
    await refusalOf(call("deep", 10_000_000));
    let frames = 1;
    // As deep as it goes: the callee has a stack of its own.
    for (;;) {
      const outcome = await host.registry.callJson("checkout", "deep", [frames]).catch(() => undefined);
      if (outcome === undefined) break;
      frames *= 2;
    }
    expect(counters("tax").traps).toBe(0);
    expect(frames).toBeGreaterThan(1000);
  });
});

describe("what fails in the callee", () => {
  for (const placement of placements)
    it(`ends the caller's call, which names both and repeats nothing of the callee's: ${placement}`, async () => {
      await deployTax({ limits: { fuel: 50_000_000 } });
      await deployCheckout({ placement });
      const trapped = (await refusalOf(call("boom"))).toProblem();
      expect(trapped).toMatchObject({
        code: "link-failed",
        status: 502,
        reason: "trap",
        callee: "tax",
        subject: "acme:tax/rates@1.0.0#boom",
        detail:
          "checkout called acme:tax/rates@1.0.0#boom of the plugin tax, which failed: The plugin trapped (trap).",
      });
      expect(JSON.stringify(trapped)).not.toContain("hunter2");
      const spent = (await refusalOf(call("spin"))).toProblem();
      expect(spent).toMatchObject({
        code: "link-failed",
        reason: "out-of-fuel",
        calleeSetting: "limits.fuel",
      });
      expect(await call("echo", "still there")).toBe("still there");
    });

  it("is told with when to come back, where it is a rate", async () => {
    await deployTax({ limits: { fuel: 1_000_000, fuelPerSecond: 1_000_000 } });
    await deployCheckout();
    const reasons = new Map<unknown, number | undefined>();
    for (let i = 0; i < 8; i++) {
      const error = await refusalOf(call("spin"));
      reasons.set(error.facts.extra?.reason, error.facts.retryAfter);
    }
    expect([...reasons.keys()]).toEqual(["out-of-fuel", "fuel-rate"]);
    expect(reasons.get("fuel-rate")).toBeGreaterThan(0);
  });

  it("is the callee's own limit for what it is sent, and leaves it its cell", async () => {
    await deployTax({ limits: { argumentBytes: 1000 } });
    await deployCheckout();
    expect(await call("count")).toBe(1);
    const error = await refusalOf(call("sum", 100_000));
    expect(error.facts.extra).toMatchObject({ reason: "argument-too-large", callee: "tax" });
    expect(await call("count")).toBe(2);
  });

  it("is told of a plugin that was removed by leave, and mended by one that comes again", async () => {
    await deployTax();
    await deployCheckout();
    await host.registry.remove("tax", { breaks: ["checkout"] });
    expect((await refusalOf(call("count"))).facts.extra).toMatchObject({ reason: "plugin-not-found" });
    expect(await call("local")).toBe(1);
    await deployTax();
    expect(await call("count")).toBe(1);
  });

  it("is no failure where nobody waits any more: the deadline is the caller's, and so is who left", async () => {
    // It computes for longer than its caller waits, and ends by itself where that has left: a shared cell is nobody's to end.
    await deployTax({ placement: "process", limits: { fuel: 20_000_000_000, time: 600_000 } });
    await deployCheckout({ mode: "fresh", limits: { time: 600_000 } });
    await call("count");
    const late = await refusalOf(
      host.registry.callJson("checkout", "spin", [], { deadline: performance.now() + 50 }),
    );
    expect(late.code).toBe("timeout");
    await call("count");
    const leaving = new AbortController();
    const left = host.registry.callJson("checkout", "spin", [], { signal: leaving.signal });
    await until(() => counters("tax").inFlight === 1);
    leaving.abort();
    expect((await refusalOf(left)).code).toBe("cancelled");
    expect(await call("count")).toBeGreaterThan(0);
  });
});
