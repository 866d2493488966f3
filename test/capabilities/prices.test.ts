/** Every host function has a price, and whoever has it touch ten times as much pays ten times as much for that. */
import { describe, expect, it } from "vitest";
import { standardTable } from "../../host/capabilities/capability-table.ts";
import { hostInterface } from "../../host/capabilities/interfaces.ts";
import { pricesOf } from "../../host/capabilities/prices.ts";
import { capabilities } from "../../host/capabilities/table.ts";
import { functionsIn } from "../../host/wit/model.ts";
import { calling, offered } from "../guests/host-calls.ts";
import { deploy, everything } from "../support/capability-probe.ts";

const offers = capabilities.flatMap((capability) => capability.offers.map(({ name }) => name));

it("has a row for every function of the table, and no other", () => {
  const rows = Object.fromEntries(
    capabilities.flatMap((capability) =>
      Object.keys(capability.prices).map((id) => [
        id,
        Object.keys(pricesOf(capability, id, hostInterface(id)!)).sort(),
      ]),
    ),
  );
  const functions = offers.map((name) => [
    name,
    functionsIn(hostInterface(name)!)
      .map((each) => each.name)
      .sort(),
  ]);
  expect(rows).toEqual(Object.fromEntries(functions));
});

it("names functions that there are where it says what may be called in attempts", () => {
  const named = capabilities.flatMap(({ repeats = {} }) =>
    Object.entries(repeats).flatMap(([id, rows]) => Object.keys(rows).map((name) => `${id}#${name}`)),
  );
  expect(named).toContain("wasi:http/types#[static]response-outparam.set");
  expect(named.filter((full) => !offered.has(full))).toEqual([]);
});

/** Functions that end the cell. */
const ending = /^wasi:cli\/exit#/;
const sizes = [2, 11, 20] as const;
/** Time that is paid for beside the price, as for code that is not compiled yet, comes on top; the least has none of it. */
const tries = 7;

/** Functions that make or look at as many objects, and units for each: no object costs less than 100 ns. */
const objects = /poll#poll$|fields\.(?:from-list|set|entries|clone)$|\.headers$/;
const leastObject = 200;
/** Functions that pay for what their stream leads to: here that is nothing, however much is asked for. */
const byStream = /input-stream\.(?:blocking-)?(?:read|skip)$|output-stream\.(?:blocking-)?splice$/;
/** The others look at bytes. */
const leastByte = 2;

const callable = [...offered.keys()].flatMap((full) => {
  const wasm = ending.test(full) ? undefined : calling(full);
  return wasm === undefined ? [] : [{ full, wasm }];
});

it("can call all that is not about things which nobody is given", () => {
  const never = [...offered.keys()].filter((full) => !callable.some((each) => each.full === full));
  const about = (full: string) => /^.*#(?:exit|\[(?:method|static)\][\w-]+)/.exec(full)?.[0] ?? full;
  expect([...new Set(never.map(about))].sort()).toMatchInlineSnapshot(`
    [
      "wasi:blobstore/container#[method]container",
      "wasi:blobstore/container#[method]stream-object-names",
      "wasi:blobstore/types#[method]incoming-value",
      "wasi:blobstore/types#[static]incoming-value",
      "wasi:cli/exit#exit",
      "wasi:filesystem/types#[method]descriptor",
      "wasi:filesystem/types#[method]directory-entry-stream",
      "wasi:filesystem/types#filesystem-error-code",
      "wasi:http/types#[method]future-incoming-response",
      "wasi:http/types#[method]future-trailers",
      "wasi:http/types#[method]incoming-body",
      "wasi:http/types#[method]incoming-request",
      "wasi:http/types#[method]incoming-response",
      "wasi:http/types#[method]response-outparam",
      "wasi:http/types#[static]incoming-body",
      "wasi:http/types#[static]response-outparam",
      "wasi:http/types#http-error-code",
      "wasi:io/error#[method]error",
      "wasi:keyvalue/atomics#[method]cas",
      "wasi:keyvalue/atomics#[static]cas",
      "wasi:keyvalue/atomics#increment",
      "wasi:keyvalue/atomics#swap",
      "wasi:keyvalue/batch#delete-many",
      "wasi:keyvalue/batch#get-many",
      "wasi:keyvalue/batch#set-many",
      "wasi:keyvalue/store#[method]bucket",
      "wasi:sockets/ip-name-lookup#[method]resolve-address-stream",
      "wasi:sockets/network#network-error-code",
      "wasi:sockets/tcp#[method]tcp-socket",
      "wasi:sockets/udp#[method]incoming-datagram-stream",
      "wasi:sockets/udp#[method]outgoing-datagram-stream",
      "wasi:sockets/udp#[method]udp-socket",
    ]
  `);
});

describe.each(callable)("$full", ({ full, wasm }) => {
  it("costs its price, and in proportion to what it touches", async () => {
    const env = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, "v"]));
    const { start, release } = await deploy(wasm(), { grants: everything, env });
    const started = start();
    const fuelOf = async (name: string, size: number) => {
      const used: number[] = [];
      for (let i = 0; i < tries; i++) {
        await started.call(name, size, 1);
        used.push(started.cell.fuelUsed);
      }
      return Math.min(...used);
    };
    await started.call("fill");
    const costs: number[] = [];
    for (const size of sizes) costs.push((await fuelOf("call", size)) - (await fuelOf("prepare", size)));
    started.release();
    release();
    const [iface, name] = full.split("#") as [string, string];
    const { call, touched } = pricesOf(
      standardTable.offerOf(iface)!.capability,
      iface,
      hostInterface(iface)!,
    )[name]!;
    const [few, some, many] = costs as [number, number, number];
    expect(few).toBeGreaterThanOrEqual(call);
    // As much for the second nine as for the first.
    expect(Math.abs(many - some - (some - few))).toBeLessThan(0.1 * few + 100);
    const least = objects.test(full) ? leastObject : touched && !byStream.test(full) ? leastByte : 0;
    expect(many - few).toBeGreaterThanOrEqual(18 * least);
  });
});

it("costs more where random numbers have a seed, and are made of big integers", async () => {
  const wasm = calling("wasi:random/random#get-random-bytes")!();
  const costs: number[] = [];
  for (const random of [true, { seed: 7 }]) {
    const { start, release } = await deploy(wasm, { grants: { random } });
    const started = start();
    const used: number[] = [];
    for (let i = 0; i < tries; i++) {
      await started.call("call", 100, 1);
      used.push(started.cell.fuelUsed);
    }
    costs.push(Math.min(...used));
    started.release();
    release();
  }
  expect(costs[1]! - costs[0]!).toBe(100 * 250);
});
