/** What all processes of a host may have together. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { ProcessBudget } from "../../host/placement/process/budget.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { bindAll, closeAll, place } from "../support/placed-guest.ts";
import { isRunning, until } from "../support/processes.ts";

afterEach(closeAll);

const MiB = 1024 * 1024;
const memory = 256 * MiB;
const limits = { ...defaultLimits, fuel: 1e12, time: 60_000 };

describe("processes beyond the budget", () => {
  it("are refused, with what is reserved, and let in when others have ended", async () => {
    const budget = new ProcessBudget(memory);
    const first = await place({ budget, memory });
    expect(budget.inUse).toBe(memory);
    await expect(place({ budget, memory })).rejects.toMatchObject({
      code: "no-capacity",
      status: 503,
      facts: {
        limit: memory,
        actual: 2 * memory,
        retryAfter: 1,
        remedy: expect.stringContaining("processMemory"),
        extra: { inUse: memory, asked: memory },
      },
    });
    first.close();
    expect(await bindAll(await place({ budget, memory }))("count", [])).toBe(1);
  });

  it("are refused for good where one alone is more than all may have", async () => {
    const refused = await place({ budget: new ProcessBudget(memory - 1), memory }).catch((error) => error);
    expect(refused).toMatchObject({ code: "no-capacity" });
    expect(refused.facts.retryAfter).toBeUndefined();
  });

  it("are not started where there are others to work with", async () => {
    const budget = new ProcessBudget(2 * memory);
    const placement = await place({ budget, memory, mode: "fresh", processes: 4, limits });
    const call = bindAll(placement);
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => call("count", [])));
    expect(outcomes).toEqual(Array(12).fill(1));
    expect(placement.pids).toHaveLength(2);
    expect(budget.inUse).toBe(2 * memory);
  });

  it("have the place of those that nobody needs, when these are gone", async () => {
    const budget = new ProcessBudget(2 * memory);
    const busy = await place({ budget, memory, mode: "fresh", processes: 2, limits });
    const calls = [1, 2, 3, 4].map(() => bindAll(busy)("count", []));
    await Promise.all(calls);
    const before = busy.pids;
    expect(before).toHaveLength(2);
    const other = await place({ budget, memory });
    const [ended] = before.filter((pid) => !busy.pids.includes(pid));
    expect(isRunning(ended!)).toBe(false);
    expect(await bindAll(other)("count", [])).toBe(1);
    expect(await bindAll(busy)("count", [])).toBe(1);
    expect(budget.inUse).toBe(2 * memory);
  });

  it("have the place of their predecessor, at a death", async () => {
    const budget = new ProcessBudget(memory);
    const placement = await place({ budget, memory, limits: { ...limits, time: 500 } });
    const call = bindAll(placement);
    await call("count", []);
    const { pids } = placement;
    await expect(call("spin", [])).rejects.toMatchObject({ code: "timeout" });
    expect(await call("count", [])).toBe(1);
    expect(placement.pids).not.toEqual(pids);
    expect(budget.inUse).toBe(memory);
  });
});

it("is given back when all processes are gone, also those that did not start", async () => {
  const budget = new ProcessBudget(memory);
  await expect(place({ budget, memory, startTime: 1 })).rejects.toMatchObject({ code: "timeout" });
  await until(() => budget.inUse === 0);
  const placement = await place({ budget, memory });
  const { pids } = placement;
  placement.close();
  await until(() => budget.inUse === 0);
  expect(isRunning(pids[0]!)).toBe(false);
});

it.runIf(process.platform !== "win32")(
  "is not all: where the system has no room, that is said, and tried again",
  async () => {
    const script = `
    import { closeSync, openSync } from "node:fs";
    import { bindAll, place } from ${JSON.stringify(new URL("../support/placed-guest.ts", import.meta.url).href)};
    const placement = await place();
    const call = bindAll(placement);
    await call("count", []);
    const open = [];
    try { for (;;) open.push(openSync("/dev/null")); } catch {}
    const refused = await place().catch((error) => error);
    process.kill(placement.pids[0]);
    const { code, facts } = await call("count", []).then(() => call("count", [])).catch((error) => error);
    for (const file of open) closeSync(file);
    let count;
    while (count === undefined) count = await call("count", []).catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
    console.log(JSON.stringify([refused.code, refused.facts.retryAfter, code, facts.retryAfter, count]));
    placement.close();`;
    const shell = `ulimit -n 100; exec "$0" --input-type=module -e "$1"`;
    // One that somebody left open, with a number that is beyond what is allowed now.
    const left = openSync(import.meta.filename, "r");
    const stdio = ["ignore", "pipe", "inherit", ...Array(147).fill("ignore"), left];
    const child = spawn("sh", ["-c", shell, process.execPath, script], { stdio });
    closeSync(left);
    expect(JSON.parse(await text(child.stdout!))).toEqual(["no-capacity", 1, "no-capacity", 1, 1]);
  },
);
