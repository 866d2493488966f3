/** Calls that come while a new cell takes the place of the one that runs: they wait, and are made on the new one. */
import { expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import type { Store } from "../../host/store/store.ts";
import { labelOf, single, version } from "../guests/obedient.ts";
import { awake } from "../support/hosts.ts";

/** A store whose commits are made once the test lets them. */
function held(): { store: Store; committing: Promise<void>; hold(): void; go(): void } {
  const store = createMemoryStore();
  const arrived = Promise.withResolvers<void>();
  let gate: PromiseWithResolvers<void> | undefined;
  const commit: Store["commit"] = async (change) => {
    if (gate) {
      arrived.resolve();
      await gate.promise;
    }
    return store.commit(change);
  };
  return {
    store: new Proxy(store, {
      get(of, name) {
        const value: unknown = name === "commit" ? commit : Reflect.get(of, name);
        return typeof value === "function" ? value.bind(of) : value;
      },
    }),
    committing: arrived.promise,
    hold: () => {
      gate = Promise.withResolvers();
    },
    go: () => gate?.resolve(),
  };
}

it("a function of an interface, by whatever name it was looked up", async () => {
  const { store, committing, hold, go } = held();
  await using host = await createHost({ store, log: () => {} });
  const { registry } = host;
  await registry.deploy("guest", await single("t:p/api@1.0.0", "f"));
  hold();
  const changed = registry.configure("guest", { limits: { memory: 1_000_000 } });
  await committing;
  const calls = ["t:p/api@1.0.0/f", "t:p/api@1.0.3/f", "api/f", "f"].map((path) =>
    awake(registry.callable("guest", path)).call([]),
  );
  go();
  expect((await changed).outcome).toBe("swapped");
  expect(await Promise.all(calls)).toEqual([1, 1, 1, 1]);
});

it("with the state that was handed over", async () => {
  const { store, committing, hold, go } = held();
  await using host = await createHost({ store, log: () => {} });
  const { registry } = host;
  await registry.deploy("guest", await version(1));
  const add = awake(registry.callable("guest", "add"));
  await add.call([5]);
  hold();
  const swapped = registry.deploy("guest", await version(2));
  await committing;
  const call = add.call([1]);
  const described = registry.callJson("guest", "describe");
  go();
  expect((await swapped).outcome).toBe("swapped");
  expect(await call).toBe(6n);
  expect(await described).toBe(`${labelOf(2)}  1`);
});
