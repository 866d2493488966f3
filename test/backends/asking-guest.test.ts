/** Guests that ask a backend for ever, or for what never comes: each ends by its own limits. */
import { afterEach, describe, expect, it } from "vitest";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import type { Backend } from "../../host/backends/backend.ts";
import { BackendRoom } from "../../host/backends/backend-room.ts";
import { BackendUse } from "../../host/backends/backend-use.ts";
import { importsGiven } from "../../host/capabilities/given.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { asking } from "../../host/capabilities/kit/common-prices.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { suspending } from "../../host/engine/engine.ts";
import { hostCosts } from "../../host/fuel-prices.ts";
import { placeInline } from "../../host/placement/inline/inline.ts";
import type { Placement } from "../../host/placement/placement.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { allocator, lift, main } from "../guests/component-text.ts";
import { bindAll } from "../support/placed-guest.ts";

const { parse } = await loadWasmTools();

/** Asks once, for ever, or for much at once; the function of the host's that it calls asks a backend. */
const asker = inspectComponent(
  new Uint8Array(
    parse(`(component ${allocator}
      (import "ask" (func $asked (param "bytes" u32) (result u32)))
      (core func $ask (canon lower (func $asked)))
      ${main(
        `(func (export "once") (param i32) (result i32) (call $ask (local.get 0)))
        (func (export "forever") (loop (drop (call $ask (i32.const 1000))) (br 0)))`,
        '(import "env" "ask" (func $ask (param i32) (result i32)))',
        '(export "ask" (func $ask))',
      )}
      (func (export "once") (param "bytes" u32) (result u32) ${lift("once")})
      (func (export "forever") ${lift("forever")}))`),
  ),
);

const opened: Placement[] = [];
afterEach(() => {
  for (const placement of opened.splice(0)) placement.close();
});

async function placed(backend: Backend, limits: Partial<typeof defaultLimits> = {}) {
  const heap = new HeapAccount(32 * 1024 * 1024);
  const use = new BackendUse(() => backend, new BackendRoom(heap));
  const ask = async (bytes: number) => {
    const answer = await use.client("test").ask("echo", new Uint8Array(bytes));
    return (answer as Uint8Array).length;
  };
  const supply = linkImports(asker.world, parseGrants({}), importsGiven({ ask: suspending(ask) })).supply();
  const placement = await placeInline({
    compiled: await createDirectEngine().compile(asker, defaultLimits),
    supply,
    recipient: { plugin: "asker", log: () => {} },
    mode: "shared",
    limits: { ...defaultLimits, ...limits },
  });
  opened.push(placement);
  return { call: bindAll(placement, asker), heap };
}

describe("a guest that asks a backend", () => {
  const echo: Backend = { ask: (_operation, data) => data };

  it("is answered", async () => {
    const { call, heap } = await placed(echo);
    expect(await call("once", [1_000])).toBe(1_000);
    expect(heap.inUse).toBe(0);
  });

  it("runs out of fuel where it asks for ever", async () => {
    const { call, heap } = await placed(echo, { fuel: 20_000_000, time: 60_000 });
    await expect(call("forever", [])).rejects.toMatchObject({ code: "out-of-fuel" });
    expect(heap.inUse).toBe(0);
    expect(await call("once", [1])).toBe(1);
  });

  it("meets its time where it is never answered", async () => {
    const { call } = await placed({ ask: () => new Promise(() => {}) }, { time: 50 });
    await expect(call("once", [1])).rejects.toMatchObject({ code: "timeout" });
  });

  it("traps where it gives too much at once", async () => {
    const { call, heap } = await placed(echo);
    await expect(call("once", [2 ** 20])).rejects.toMatchObject({ code: "trap", facts: { subject: "echo" } });
    expect(heap.inUse).toBe(0);
    expect(await call("once", [1])).toBe(1);
  });

  it("pays for an ask, and for its bytes", () => {
    const price = asking((text: string) => text.length);
    expect(price.call).toBe(hostCosts.ask);
    expect(price.touched?.("x".repeat(100))).toBe(100 * hostCosts.askByte);
  });
});
