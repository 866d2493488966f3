/** Hooks with the types of their contract: what is asked and answered are values of JavaScript. */
import { beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import type { HookAnswer } from "../../host/registry/hooks/hook.ts";
import { guest } from "../guests/hostile-text.ts";
import { hostOfEachTest } from "../support/hosts.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

const { host } = hostOfEachTest();

interface Discount {
  readonly quote: (total: bigint) => bigint | undefined;
  readonly "acme:shop/names": { readonly fullName: (name: string) => Promise<string> };
}

const world = `package acme:shop; interface names { full-name: func(name: string) -> string; }
  world discount { export quote: func(total: u64) -> option<u64>; export names; }`;

/** Quotes that, and gives names back as they are. */
const discount = (quote: string) =>
  guest(
    `(func (export "quote") (param $total i64) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1)) (i64.store (i32.const 8) ${quote}) (i32.const 0))
    (func (export "full-name") (param i32 i32) (result i32)
      (i32.store (i32.const 32) (local.get 0)) (i32.store (i32.const 36) (local.get 1)) (i32.const 32))`,
    { quote: `(param "total" u64) (result (option u64))` },
    {
      after: `(func $full (param "name" string) (result string)
          (canon lift (core func $m "full-name") (memory $memory) (realloc $realloc)))
        (instance $names (export "full-name" (func $full)))
        (export "acme:shop/names" (instance $names))`,
    },
  )();

beforeEach(async () => {
  const { registry } = host;
  await registry.contracts.put("discount", componentTypeOf(dummyModule(world)), { plugins: ["d-*"] });
  await registry.deploy("d-half", discount("(i64.shr_u (local.get $total) (i64.const 1))"));
  await registry.deploy("d-ten", discount("(i64.sub (local.get $total) (i64.const 10))"));
});

describe("a hook of a host", () => {
  it("asks with values, and gives values", async () => {
    const hook = host.hook<Discount>("discount");
    const answers = await hook.collect.quote(2n ** 63n);
    expectTypeOf(answers).toEqualTypeOf<readonly HookAnswer<bigint | undefined>[]>();
    expect(answers.map(({ value }) => value)).toEqual([2n ** 62n, 2n ** 63n - 10n]);
    const first = await hook.first.quote(100n);
    expectTypeOf(first).toEqualTypeOf<HookAnswer<bigint> | undefined>();
    expect(first).toMatchObject({ plugin: "d-half", value: 50n });
    expect(await hook.chain.quote(100n)).toBe(40n);
    const sum = await hook.reduce((sum, value: bigint) => sum + value, 0n).quote(100n);
    expectTypeOf(sum).toEqualTypeOf<bigint>();
    expect(sum).toBe(140n);
  });

  it("has functions of interfaces by their ids, and none of what the contract has not", async () => {
    const hook = host.hook<Discount>("discount");
    expect(await hook.chain["acme:shop/names"].fullName("Ada")).toBe("Ada");
    expect(Object.keys(hook.collect)).toEqual(["quote", "acme:shop/names"]);
  });

  it("answers for each member that takes no such value", async () => {
    const answers = await host.hook<Discount>("discount").collect.quote("x" as never);
    expect(answers.map(({ error }) => error?.code)).toEqual(["bad-argument", "bad-argument"]);
    const closed = host.hook<Discount>("discount", { onError: "closed" });
    expect((await refusalOf(closed.chain.quote("x" as never))).code).toBe("bad-argument");
    expect(refusal(() => host.hook("discounts")).code).toBe("contract-not-found");
  });
});
