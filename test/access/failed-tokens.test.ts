import { describe, expect, it } from "vitest";
import { FailedTokens } from "../../host/access/failed-tokens.ts";

describe("FailedTokens", () => {
  const start = (burst = 2, addresses = 10) => {
    let now = 5_000;
    const failures = new FailedTokens({ burst, interval: 1_000, addresses }, () => now);
    const pass = (milliseconds: number) => {
      now += milliseconds;
    };
    return { failures, pass };
  };

  it("gives back one failure an interval", () => {
    const { failures, pass } = start();
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(1_000);
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(60_000);
    failures.count("a");
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
  });

  it("makes nobody wait longer for coming too early", () => {
    const { failures, pass } = start();
    for (let i = 0; i < 1_000; i++) failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(1_000);
    expect(failures.wait("a")).toBe(0);
  });

  it("counts what came elsewhere, and makes wait the longer who came to several at once", () => {
    const { failures, pass } = start();
    const told: unknown[] = [];
    failures.failed = (...failure) => told.push(failure);
    for (let i = 0; i < 2; i++) failures.count("a");
    failures.count("a");
    expect(told).toEqual([
      ["a", 1_000],
      ["a", 1_000],
    ]);
    for (let i = 0; i < 2; i++) failures.failedElsewhere("a", 1_000);
    expect(failures.wait("a")).toBe(3);
    expect(told).toHaveLength(2);
    pass(3_000);
    expect(failures.wait("a")).toBe(0);
  });

  it("knows addresses apart, and forgets the one that failed longest ago", () => {
    const { failures } = start(1, 3);
    for (const address of ["a", "b", "c"]) failures.count(address);
    expect(["a", "b", "c", "d"].map((address) => failures.wait(address))).toEqual([1, 1, 1, 0]);
    failures.count("d");
    expect(["a", "b", "c", "d"].map((address) => failures.wait(address))).toEqual([0, 1, 1, 1]);
  });
});
