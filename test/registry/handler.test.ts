/** Plugins that export `wasi:http/incoming-handler`, as whoever serves finds and calls them. */
import { expect, it } from "vitest";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { exampleWasm } from "../support/examples.ts";
import { hostOfEachTest } from "../support/hosts.ts";
import { refusal } from "../support/thrown.ts";

const { registry } = hostOfEachTest();

it("answers a request", async () => {
  await registry.deploy("router", exampleWasm("router"));
  const handler = await registry.handler("router");
  const exchange = new MemoryExchange({ target: "/hello/Ada" });
  await handler.handle(exchange);
  expect(exchange.response).toMatchObject({ status: 200, text: "Hello, Ada!", end: "finished" });
  expect(exchange.response!.field("content-type")).toBe("text/plain; charset=utf-8");
});

it("is no function for callers", async () => {
  await registry.deploy("router", exampleWasm("router"));
  expect(registry.details("router").functions).toEqual([]);
  expect(registry.details("router").world).toContain("export wasi:http/incoming-handler@0.2.0");
  expect(refusal(() => registry.callable("router", "handle"))).toMatchObject({ code: "function-not-found" });
});

it("is refused where there is none", async () => {
  await registry.deploy("greet", exampleWasm("greet"));
  expect(refusal(() => registry.handler("greet"))).toMatchObject({ code: "no-handler", status: 404 });
  expect(refusal(() => registry.handler("rooter"))).toMatchObject({ code: "plugin-not-found" });
});
