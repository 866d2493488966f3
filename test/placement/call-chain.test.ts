/** Host functions that call plugins whose calls wait for them. */
import { describe, expect, it } from "vitest";
import { type OpenOptions, open, type Plugin, suspending } from "../../host/index.ts";
import { HoldingCall } from "../../host/placement/inline/call-chain.ts";
import { component } from "../guests/small-plugins.ts";

/** `go` calls the host function `host` with its argument and gives what that gives; `plain` gives its argument. */
const bytes = component(`
  (import "host" (func $host (param "depth" u32) (result u32)))
  (core func $host (canon lower (func $host)))
  (core module $M (import "a" "host" (func $host (param i32) (result i32)))
    (func (export "go") (param i32) (result i32) (call $host (local.get 0)))
    (func (export "plain") (param i32) (result i32) (local.get 0)))
  (core instance $m (instantiate $M (with "a" (instance (export "host" (func $host))))))
  (func (export "go") (param "depth" u32) (result u32) (canon lift (core func $m "go")))
  (func (export "plain") (param "depth" u32) (result u32) (canon lift (core func $m "plain")))
  (export "again" (func $host))`);

type Call = (depth: number) => Promise<number>;
const bind = (plugin: Plugin, name: string) => plugin.lookup(name).as<Call>("func(depth: u32) -> u32");

/** A plugin whose host function is given its own functions. The deadline is so far off that none of the tests meets it. */
async function opened(
  host: (own: (name: string) => Call, depth: number) => unknown,
  options: OpenOptions = {},
) {
  let plugin: Plugin | undefined;
  const own = (name: string) => bind(plugin!, name);
  const imports = { $root: { host: suspending((depth: number) => host(own, depth)) } };
  plugin = await open(bytes, { limits: { time: 600_000 }, ...options, imports });
  return { plugin, own };
}

/** Of the runs that are kept where this is called. */
function chainLength(): number {
  let length = 0;
  for (let { within } = new HoldingCall({}); within !== undefined; within = within.call.within) length++;
  return length;
}

const refusal = { code: "fault", message: expect.stringContaining("both would wait for ever") };

describe("a host function that awaits the plugin that called it", () => {
  it.each(["go", "plain", "again"])("is refused at once: %s", async (inner) => {
    const { plugin, own } = await opened((own) => own(inner)(0));
    await expect(own("go")(1)).rejects.toMatchObject({ ...refusal, facts: { subject: inner } });
    // The next call is none of its business.
    await expect(own("plain")(7)).resolves.toBe(7);
    await plugin.close();
  });

  it("where the component hands it on, too", async () => {
    const { plugin, own } = await opened((own) => own("plain")(0));
    await expect(own("again")(1)).rejects.toMatchObject(refusal);
    await plugin.close();
  });

  it("and catches the refusal, goes on", async () => {
    const { plugin, own } = await opened(async (own, depth) => own("plain")(depth).catch(() => 99));
    await expect(own("go")(1)).resolves.toBe(99);
    await plugin.close();
  });

  it("later, after it has waited for something else", async () => {
    const { plugin, own } = await opened(async (own) => {
      await new Promise((resolve) => setImmediate(resolve));
      return own("plain")(0);
    });
    await expect(own("go")(1)).rejects.toMatchObject(refusal);
    await plugin.close();
  });

  it("in a second host call of the same call", async () => {
    let calls = 0;
    const { plugin, own } = await opened((own, depth) => (++calls === 1 ? depth : own("plain")(0)));
    await expect(own("go")(3)).resolves.toBe(3);
    await expect(own("go")(3)).rejects.toMatchObject(refusal);
    await plugin.close();
  });

  it("through another plugin", async () => {
    let first: Call | undefined;
    const { plugin: other, own: ofOther } = await opened(() => first!(0));
    const { plugin, own } = await opened(() => ofOther("go")(0));
    first = own("plain");
    await expect(own("go")(1)).rejects.toMatchObject(refusal);
    await expect(own("plain")(5)).resolves.toBe(5);
    await expect(ofOther("plain")(6)).resolves.toBe(6);
    await Promise.all([plugin.close(), other.close()]);
  });

  it("waits for others in the queue as ever, who are none of its own", async () => {
    const { plugin, own } = await opened(async (_, depth) => {
      await new Promise((resolve) => setImmediate(resolve));
      return depth;
    });
    await expect(Promise.all([1, 2, 3].map((n) => own("go")(n)))).resolves.toEqual([1, 2, 3]);
    await plugin.close();
  });

  it("may call it when its own call does not wait any more", async () => {
    const after: Promise<number>[] = [];
    const settled = Promise.withResolvers<void>();
    const { plugin, own } = await opened(async (own, depth) => {
      after.push(settled.promise.then(() => own("plain")(depth + 1)));
      return depth;
    });
    await expect(own("go")(1)).resolves.toBe(1);
    settled.resolve();
    await expect(after[0]).resolves.toBe(2);
    await plugin.close();
  });

  it("keeps nothing of calls that have ended, though each began the next one", async () => {
    const lengths: number[] = [];
    const ended = Promise.withResolvers<void>();
    const { plugin, own } = await opened((own, depth) => {
      lengths.push(chainLength());
      if (depth === 0) ended.resolve();
      else setImmediate(() => own("go")(depth - 1).catch(ended.reject));
      return depth;
    });
    await own("go")(20);
    await ended.promise;
    expect(lengths).toEqual(lengths.map(() => 1));
    expect(lengths).toHaveLength(21);
    await plugin.close();
  });

  it("may call it in mode fresh, as long as there is a cell for each call", async () => {
    const deep = (own: (name: string) => Call, depth: number) => (depth === 0 ? 42 : own("go")(depth - 1));
    const { plugin, own } = await opened(deep, { mode: "fresh", limits: { time: 600_000, concurrency: 4 } });
    await expect(own("go")(3)).resolves.toBe(42);
    await expect(own("go")(4)).rejects.toMatchObject(refusal);
    await expect(own("go")(3)).resolves.toBe(42);
    await plugin.close();
  });

  it("at once, where nothing waits, is told what to do as well", async () => {
    let own: ((depth: number) => number) | undefined;
    const plugin = await open(bytes, { imports: { $root: { host: (depth: number) => own!(depth) } } });
    const go = plugin.lookup("go").as<(depth: number) => number>("func(depth: u32) -> u32");
    own = plugin.lookup("plain").as<(depth: number) => number>("func(depth: u32) -> u32");
    expect(() => go(1)).toThrow(
      expect.objectContaining({
        code: "fault",
        facts: expect.objectContaining({ remedy: expect.stringContaining("mode fresh") }),
      }),
    );
    expect(own(2)).toBe(2);
    await plugin.close();
    await using fresh = await open(bytes, {
      mode: "fresh",
      imports: { $root: { host: (depth: number) => own!(depth) } },
    });
    own = fresh.lookup("plain").as<(depth: number) => number>("func(depth: u32) -> u32");
    expect(fresh.lookup("go").as<(depth: number) => number>("func(depth: u32) -> u32")(3)).toBe(3);
  });
});

describe("a host function that calls the plugin that called it, and does not wait", () => {
  it.each(["direct", "jco"] as const)(
    "leaves the deadline of the call that runs as it is (%s)",
    async (engine) => {
      const looping = component(`
      (import "host" (func $host))
      (core func $host (canon lower (func $host)))
      (core module $M (import "a" "host" (func $host))
        (func (export "go") (call $host) (loop $l (br $l)))
        (func (export "plain")))
      (core instance $m (instantiate $M (with "a" (instance (export "host" (func $host))))))
      (func (export "go") (canon lift (core func $m "go")))
      (func (export "plain") (canon lift (core func $m "plain")))`);
      let refused: unknown;
      const imports = {
        $root: {
          host() {
            try {
              plugin.lookup("plain").as<() => void>("func()")();
            } catch (error) {
              refused = error;
            }
          },
        },
      };
      await using plugin: Plugin = await open(looping, { engine, imports, limits: { fuel: 3e11 } });
      const call = plugin.callJson("go", [], { deadline: performance.now() + 20 });
      await expect(call).rejects.toMatchObject({ code: "timeout" });
      expect(refused).toMatchObject({ code: "fault" });
    },
  );
});
