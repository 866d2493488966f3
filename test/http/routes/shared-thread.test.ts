/** Calls of other plugins come between those that take long, however many arrive at once. */
import { beforeAll, describe, expect, it } from "vitest";
import { PipelineClient } from "../../../tools/soak/support/pipeline.ts";
import { guest, text } from "../../guests/hostile-text.ts";
import { clockImports } from "../../guests/waiting-guest.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
beforeAll(async () => {
  await host.put("greet", exampleWasm("greet"));
  // So that it is known to be quick.
  for (let i = 0; i < 50; i++) await host.call("greet/greet", ["Ada"]);
});

const loops = guest('(func (export "go") (loop $l (br $l)))');
/** Sleeps for a tenth of a second and then does not end. */
const sleeps = text(`${clockImports}
  (core module $M (import "e" "block" (func $block (param i32)))
    (import "e" "subscribe" (func $subscribe (param i64) (result i32)))
    (func (export "go") (call $block (call $subscribe (i64.const 100000000))) (loop $l (br $l))))
  (core instance $m (instantiate $M (with "e" (instance
    (export "block" (func $block)) (export "subscribe" (func $subscribe))))))
  (func (export "go") (canon lift (core func $m "go")))`);

/** Answers, in the order in which they came, of long calls and of one to another plugin again and again meanwhile. */
async function answersTo(long: readonly string[]): Promise<string[]> {
  const order: string[] = [];
  let left = long.length;
  const attacks = long.map(async (path) => {
    order.push(JSON.parse(await say(new PipelineClient(host.url), path, "[]")).code);
    left--;
  });
  const client = new PipelineClient(host.url);
  while (left > 0) {
    expect(await say(client, "greet/greet", '["Ada"]')).toBe('"Hello, Ada!"');
    order.push("greeting");
  }
  client.close();
  await Promise.all(attacks);
  return order;
}

/** By a client that needs few turns of the event loop, which is this process's too. */
async function say(client: PipelineClient, path: string, args: string): Promise<string> {
  const body = Buffer.from(args);
  const [answer] = await client.ask([
    { method: "POST", path: `/call/${path}`, type: "application/json", body },
  ]);
  return String(answer!.body);
}

/** How many long calls were answered, at most, without a greeting between them. */
function inARow(order: readonly string[]): number {
  return Math.max(
    ...order
      .map((code) => (code === "out-of-fuel" ? "x" : code === "greeting" ? " " : ""))
      .join("")
      .split(/ +/)
      .map((run) => run.length),
  );
}

describe("calls that use all their fuel, at once", () => {
  it("of one plugin leave turns to others", async () => {
    await host.put("loops", loops());
    const order = await answersTo(Array(10).fill("loops/go"));
    expect(order.filter((code) => code === "out-of-fuel").length).toBeGreaterThanOrEqual(2);
    expect(inARow(order)).toBe(1);
  });

  it("of many plugins leave turns to others", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `loops-${i}`);
    for (const name of names) await host.put(name, loops());
    const order = await answersTo(names.map((name) => `${name}/go`));
    expect(order.filter((code) => code === "out-of-fuel")).toHaveLength(8);
    expect(inARow(order)).toBe(1);
  });

  it.each(["shared", "fresh"])("that slept before, in mode %s, leave turns to others", async (mode) => {
    const form = new FormData();
    form.set("plugin", new Blob([sleeps()]), "sleeps.wasm");
    form.set("settings", JSON.stringify({ mode, grants: { clocks: true } }));
    expect((await host.send("PUT", `/plugins/sleeps-${mode}`, { body: form })).status).toBe(201);
    const order = await answersTo(Array(8).fill(`sleeps-${mode}/go`));
    expect(order.filter((code) => code === "out-of-fuel").length).toBeGreaterThanOrEqual(2);
    expect(inARow(order)).toBe(1);
  });
});

it("refuses calls that waited for others when these have spent what there was", async () => {
  const form = new FormData();
  form.set("plugin", new Blob([sleeps()]), "spends.wasm");
  const limits = { fuelPerSecond: 1_000 };
  form.set("settings", JSON.stringify({ grants: { clocks: true }, limits }));
  expect((await host.send("PUT", "/plugins/spends", { body: form })).text).toContain("revision");
  const answers = await Promise.all(Array.from({ length: 5 }, () => host.call("spends/go", [])));
  const codes = answers.map(({ json }) => json.code);
  // Of the fuel of one call that is saved up, the first may leave a little.
  expect(codes.slice(0, 2)).toContain("out-of-fuel");
  expect(codes.slice(2)).toEqual(["fuel-rate", "fuel-rate", "fuel-rate"]);
});
