/** Calls that a host makes by itself. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { PassedTimes } from "../../../host/registry/schedule/passed-times.ts";
import type { ScheduledEvent } from "../../../host/registry/schedule/schedule-teller.ts";
import { ScheduledCall } from "../../../host/registry/schedule/scheduled-call.ts";
import type { ScheduleEntry } from "../../../host/registry/settings/schedule-setting.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import { component, sample } from "../../guests/small-plugins.ts";
import { refusalOf } from "../../support/thrown.ts";

const everySecond = "* * * * * *";

describe("an entry", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("2026-03-28T12:00:00Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  let leads = true;
  const passed = new PassedTimes();
  const begin = (entry: Partial<ScheduleEntry>, call: () => Promise<unknown> = async () => {}) => {
    const events: ScheduledEvent[] = [];
    leads = true;
    const scheduled = new ScheduledCall(
      { cron: "*/5 * * * *", call: "tick", ...entry },
      { call, tell: (event) => void events.push(event), leads: () => leads, passed },
    );
    return { scheduled, events };
  };

  it("is called at its times, and the first call is told at once, those after it together", async () => {
    const { scheduled, events } = begin({ cron: everySecond });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(events).toEqual([{ name: "tick", outcome: "ran", times: 1 }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events.slice(1)).toEqual([{ name: "tick", outcome: "ran", times: expect.any(Number) }]);
    const before = scheduled.state.ran;
    scheduled.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scheduled.state.ran).toBe(before);
    const told = events.map((event) => (event.outcome === "ran" ? event.times : 0));
    expect(told.reduce((sum, times) => sum + times)).toBe(before);
  });

  it("is called one at a time: what comes while a call is under way is missed, and told", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { scheduled, events } = begin({}, () => promise);
    await vi.advanceTimersByTimeAsync(15 * 60_000);
    expect(events).toEqual([
      { name: "tick", outcome: "missed", times: 1, why: "running" },
      { name: "tick", outcome: "missed", times: 1, why: "running" },
    ]);
    expect(scheduled.state).toMatchObject({ running: true, missed: 2, ran: 0 });
    resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(scheduled.state).toMatchObject({ running: false, ran: 1, next: "2026-03-28T12:20:00.000Z" });
    scheduled.stop();
  });

  it("tells of a call that failed, and is called again", async () => {
    const { scheduled, events } = begin({ name: "nightly" }, () => Promise.reject(new Error("broken")));
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(events).toMatchObject([
      { name: "nightly", outcome: "failed", code: "fault" },
      { name: "nightly", outcome: "failed", code: "fault" },
    ]);
    expect(scheduled.state.failed).toBe(2);
    scheduled.stop();
  });

  it("misses what passed while the host was not at it", async () => {
    const { scheduled, events } = begin({ cron: "* * * * *" });
    vi.setSystemTime(new Date("2026-03-28T12:10:30Z"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual(
      expect.arrayContaining([
        { name: "tick", outcome: "missed", times: expect.any(Number), why: "late" },
        { name: "tick", outcome: "ran", times: 1 },
      ]),
    );
    expect(scheduled.state.missed).toBeGreaterThanOrEqual(9);
    scheduled.stop();
  });

  it.each([
    ["an hour back", -3_600_000],
    ["a day ahead", 24 * 3_600_000],
    ["ten years ahead", 10 * 365 * 24 * 3_600_000],
  ])("goes by the clock as it is once that was set: %s", async (_, by) => {
    const { scheduled } = begin({ cron: everySecond });
    await vi.advanceTimersByTimeAsync(10_000);
    const { ran } = scheduled.state;
    expect(ran).toBeGreaterThan(5);
    vi.setSystemTime(Date.now() + by);
    await vi.advanceTimersByTimeAsync(60_000);
    const after = scheduled.state;
    expect(after.ran - ran).toBeGreaterThan(20);
    expect(Math.abs(Date.parse(after.next!) - Date.now())).toBeLessThan(60_000);
    // It can't be known how many there would have been: so many are told at most.
    expect(after.missed).toBeLessThanOrEqual(1_060);
    scheduled.stop();
  });

  it("misses what passed while no host ran", async () => {
    const { scheduled, events } = begin({});
    await scheduled.wasDown(new Date("2026-03-28T11:00:01Z"));
    expect(events).toEqual([{ name: "tick", outcome: "missed", times: 12, why: "down" }]);
    await scheduled.wasDown(new Date("2020-03-28T11:00:01Z"));
    expect(scheduled.state.missed).toBe(1_012);
    scheduled.stop();
  });

  it("goes by the clock of its zone, through a change to summer time", async () => {
    const { scheduled } = begin({ cron: "30 2 * * *", timeZone: "Europe/Berlin" });
    // 2:30 is not there on 29 March: the first time after the gap takes its place.
    expect(scheduled.state.next).toBe("2026-03-29T01:00:00.000Z");
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(scheduled.state).toMatchObject({ ran: 1, next: "2026-03-30T00:30:00.000Z" });
    scheduled.stop();
  });

  it("is called by no host but the one that leads", async () => {
    const { scheduled, events } = begin({});
    leads = false;
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(events).toEqual([]);
    leads = true;
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(scheduled.state.ran).toBe(1);
    scheduled.stop();
  });
});

describe("a host with schedules", () => {
  let host: Host;
  beforeEach(async () => {
    host = await createHost({ log: () => {} });
  });
  afterEach(() => host.close());

  const refusal = (entries: unknown) =>
    refusalOf(host.registry.deploy("calc", sample(), { settings: { schedule: entries as ScheduleEntry[] } }));
  /** The next event of an entry. */
  const nextOf = async (name: string) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const stop = host.store.watch(({ kind, data }) => {
      if (kind === "scheduled" && (data as { name: string }).name === name) resolve(data);
    });
    const event = await promise;
    stop();
    return event;
  };

  it.each(["shared", "fresh", "process"])("calls a plugin in %s", async (how) => {
    const where = how === "process" ? ({ placement: "process" } as const) : { mode: how as "shared" };
    const schedule = [{ cron: everySecond, call: "add", arguments: { a: 1, b: 2 }, name: "sums" }];
    const told = nextOf("sums");
    await host.registry.deploy("calc", sample(), { settings: { ...where, schedule } });
    expect(await told).toEqual({ name: "sums", outcome: "ran", times: 1 });
    const { counters, schedule: state } = host.registry.details("calc");
    expect(counters.calls).toBeGreaterThan(0);
    expect(state).toMatchObject([{ name: "sums", failed: 0, next: expect.any(String) }]);
  });

  it("tells of a trap, with its code, and calls the version that is live by then", async () => {
    const schedule = [{ cron: everySecond, call: "boom" }];
    const failed = nextOf("boom");
    await host.registry.deploy("calc", sample(), { settings: { schedule } });
    expect(await failed).toMatchObject({ outcome: "failed", code: "trap", times: 1 });
    const told = nextOf("version");
    await host.registry.configure("calc", { schedule: [{ cron: everySecond, call: "version" }] });
    expect(await told).toEqual({ name: "version", outcome: "ran", times: 1 });
    await host.registry.configure("calc", { schedule: null });
    expect(host.registry.details("calc").schedule).toBeUndefined();
  });

  it("refuses a version without the function, naming the entry, and goes on with the one that runs", async () => {
    const schedule = [{ cron: "0 0 1 1 *", call: "add", arguments: [1, 2] }];
    await host.registry.deploy("calc", sample(), { settings: { schedule } });
    const refused = await refusalOf(host.registry.deploy("calc", component(""), { allowBreaking: true }));
    expect(refused).toMatchObject({ code: "bad-settings", facts: { subject: "settings.schedule[0].call" } });
    expect(host.registry.details("calc")).toMatchObject({ revision: 1, schedule: [{ name: "add" }] });
    await host.registry.remove("calc");
    expect(host.registry.list()).toEqual([]);
  });

  it("tells after a restart of what it missed, since the last event of the entry", async () => {
    const store = createMemoryStore();
    const schedule = [{ cron: everySecond, call: "version" }];
    const first = await createHost({ store, log: () => {} });
    await first.registry.deploy("calc", sample(), { settings: { schedule } });
    await first.close();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    const missed = new Promise<unknown>((resolve) => {
      store.watch(({ kind, data }) => {
        if (kind === "scheduled" && (data as { why?: string }).why === "down") resolve(data);
      });
    });
    const second = await createHost({ store, log: () => {} });
    vi.useRealTimers();
    const event = (await missed) as { times: number };
    expect(event.times).toBeGreaterThanOrEqual(59);
    expect(event.times).toBeLessThan(1_000);
    await second.close();
  });

  it.each([
    ["no pattern", { cron: "often", call: "version" }, "settings.schedule.0.cron"],
    ["a time that never comes", { cron: "0 0 30 2 *", call: "version" }, "settings.schedule.0.cron"],
    ["a year", { cron: "0 0 0 1 1 * 2030", call: "version" }, "settings.schedule.0.cron"],
    [
      "no zone",
      { cron: everySecond, call: "version", timeZone: "Mars/Olympus" },
      "settings.schedule.0.timeZone",
    ],
    ["a function that is not there", { cron: everySecond, call: "verison" }, "settings.schedule[0].call"],
    ["other arguments", { cron: everySecond, call: "add", arguments: [1] }, "settings.schedule[0].arguments"],
    [
      "a name with a line break",
      { cron: everySecond, call: "version", name: "a\nb" },
      "settings.schedule.0.name",
    ],
    [
      "a secret, which would be shown",
      { cron: everySecond, call: "add", arguments: [{ secret: "hunter2" }] },
      "settings.schedule.0.arguments",
    ],
    ["another member", { cron: everySecond, call: "version", zone: "UTC" }, "settings.schedule.0.zone"],
  ])("refuses %s", async (_, entry, subject) => {
    const refused = await refusal([entry]);
    expect(refused).toMatchObject({ code: "bad-settings", facts: { subject } });
    expect(JSON.stringify(refused.toProblem())).not.toContain("hunter2");
    expect(host.registry.list()).toEqual([]);
  });

  it("refuses two entries of one name, and more than there may be", async () => {
    const entry = { cron: everySecond, call: "version" };
    expect(await refusal([entry, entry])).toMatchObject({ code: "bad-settings" });
    const many = Array.from({ length: 17 }, (_, i) => ({ ...entry, name: `n${i}` }));
    expect(await refusal(many)).toMatchObject({ code: "bad-settings" });
  });
});
