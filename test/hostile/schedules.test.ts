/** Schedules against the host: calls that it makes by itself, all at once and without end, and who waits for them. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";

const endless =
  component(`(core module $M (func (export "spin") (loop (br 0)))) (core instance $m (instantiate $M))
  (func (export "spin") (canon lift (core func $m "spin")))`);

let host: Host;
beforeEach(async () => {
  host = await createHost({ log: () => {} });
  await host.registry.deploy("greet", exampleWasm("greet"));
});
afterEach(() => host.close());

const everySecond = (call: string) => ({ schedule: [{ cron: "* * * * * *", call }] });
const stateOf = (plugin: string) => host.registry.details(plugin).schedule![0]!;
const greeted = () => host.registry.callJson("greet", "greet", ["Ada"]);

/** Calls somebody else's plugin until that holds, and tells how often; each of them is answered. */
async function greetedUntil(holds: () => boolean): Promise<number> {
  let calls = 0;
  for (; !holds(); calls++) {
    expect(await greeted()).toBe("Hello, Ada!");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return calls;
}

it("a function that never ends is ended each time, by what it may spend, and others are answered in between", async () => {
  const settings = { limits: { fuel: 500_000_000, fuelPerSecond: 600_000_000 }, ...everySecond("spin") };
  await host.registry.deploy("endless", endless, { settings });
  const calls = await greetedUntil(() => stateOf("endless").failed >= 3);
  expect(calls).toBeGreaterThan(100);
  const { counters } = host.registry.details("endless");
  expect(counters.limits["out-of-fuel"]).toBeGreaterThan(0);
  expect(counters.inFlight).toBeLessThanOrEqual(1);
  // One call in a second, each of which is one call of its fuel at most.
  expect(counters.fuel).toBeLessThan(5 * 600_000_000);
});

it("two hundred plugins at the same second all have their call, and others are answered in between", async () => {
  const names = Array.from({ length: 200 }, (_, i) => `storm-${i}`);
  // All begin with the last one: until then the time of none has come.
  const yearly = { schedule: [{ cron: "0 0 1 1 *", call: "version" }] };
  for (const name of names) await host.registry.deploy(name, sample(), { settings: yearly });
  const before = host.heap.inUse;
  const stormy = Promise.all(names.map((name) => host.registry.configure(name, everySecond("version"))));
  // Where all is set and called before one greeting is there, as on a crowded machine, the storms of the next seconds count.
  let greetings = 0;
  await greetedUntil(() => greetings++ > 10 && names.every((name) => stateOf(name).ran > 0));
  await stormy;
  const states = names.map(stateOf);
  expect(states.filter(({ failed }) => failed > 0)).toEqual([]);
  for (const name of names) await host.registry.configure(name, { schedule: null });
  await until(() => host.heap.inUse <= before);
}, 30_000);

it("entries that missed a thousand times each while no host ran are counted with turns for others in between", async () => {
  const store = createMemoryStore();
  const schedule = Array.from({ length: 16 }, (_, i) => ({
    cron: "* * * * * *",
    call: "version",
    name: `e${i}`,
  }));
  const first = await createHost({ store, log: () => {} });
  await first.registry.deploy("late", sample(), { settings: { schedule } });
  await first.close();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 });
  await using second = await createHost({ store, log: () => {} });
  const counted = () => second.registry.details("late").schedule!.filter(({ missed }) => missed > 900).length;
  const seen = new Set<number>();
  for (let now = counted(); now < 16; now = counted()) {
    seen.add(now);
    await new Promise((resolve) => setImmediate(resolve));
  }
  vi.useRealTimers();
  expect(seen.size).toBeGreaterThan(4);
});
