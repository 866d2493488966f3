/** Plugins that export `wasi:http/incoming-handler`, as whoever serves finds and calls them. */
import { expect, it } from "vitest";
import { handlerGuest } from "../drive/handler-guest.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { exampleWasm } from "../support/examples.ts";
import { hostOfEachTest } from "../support/hosts.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

const { registry } = hostOfEachTest();

it("answers a request", async () => {
  await registry.deploy("router", exampleWasm("router"));
  const handler = await registry.handler("router");
  const exchange = new MemoryExchange({ target: "/hello/Ada" });
  await handler.handle(exchange);
  expect(exchange.response).toMatchObject({ status: 200, text: "Hello, Ada!", end: "finished" });
  expect(exchange.response!.field("content-type")).toBe("text/plain; charset=utf-8");
});

it("answers in a process by the engine jco, too", async () => {
  await registry.deploy("router", exampleWasm("router"), { settings: { engine: "jco" } });
  const exchange = new MemoryExchange({ target: "/hello/Ada" });
  await (await registry.handler("router")).handle(exchange);
  expect(exchange.response).toMatchObject({ status: 200, text: "Hello, Ada!", end: "finished" });
});

it("is no function for callers", async () => {
  await registry.deploy("router", exampleWasm("router"));
  expect(registry.details("router").functions).toEqual([]);
  expect(registry.details("router").world).toContain("export wasi:http/incoming-handler@0.2.0");
  expect(refusal(() => registry.callable("router", "handle"))).toMatchObject({
    code: "function-not-found",
    facts: { remedy: "Ask it for a page or a path of its own: GET /http/router/." },
  });
});

it("is refused where there is none", async () => {
  await registry.deploy("greet", exampleWasm("greet"));
  expect(refusal(() => registry.handler("greet"))).toMatchObject({ code: "no-handler", status: 404 });
  expect(refusal(() => registry.handler("rooter"))).toMatchObject({ code: "plugin-not-found" });
});

it("is missed where it is gone, and not where another version of it comes in its place", async () => {
  await registry.deploy("site", exampleWasm("router"));
  const gone = await refusalOf(registry.deploy("site", exampleWasm("greet")));
  expect(gone).toMatchObject({ code: "incompatible" });
  expect(gone.message).toContain("wasi:http/incoming-handler@0.2.0");
  await registry.deploy("site", await handlerGuest(), { settings: { grants: { clocks: true } } });
  const exchange = new MemoryExchange({ target: "/hello" });
  await (await registry.handler("site")).handle(exchange);
  expect(exchange.response).toMatchObject({ status: 200, text: "Hello." });
  await registry.deploy("site", exampleWasm("router"));
});

it("begins each request anew, unless its owner asks for another mode", async () => {
  const modes = ({ settings, asked }: { settings: { mode: string }; asked: { mode?: string } }) => [
    settings.mode,
    asked.mode,
  ];
  const router = exampleWasm("router");
  expect(modes(await registry.deploy("router", router))).toEqual(["fresh", undefined]);
  expect(modes(registry.details("router"))).toEqual(["fresh", undefined]);
  expect((await registry.configure("router", { limits: { queue: 3 } })).settings.mode).toBe("fresh");
  // It follows from the version, and not from what was stored for the one before.
  const options = { allowBreaking: true };
  await registry.deploy("other", exampleWasm("greet"));
  expect(modes(await registry.deploy("other", router, options))).toEqual(["fresh", undefined]);
  expect((await registry.rollback("other")).settings.mode).toBe("shared");
  expect((await registry.rollback("other")).settings.mode).toBe("fresh");
  const shared = { ...options, settings: { mode: "shared" } } as const;
  await registry.deploy("asked", exampleWasm("greet"));
  expect(modes(await registry.deploy("asked", router, shared))).toEqual(["shared", "shared"]);
  expect(modes(registry.details("asked"))).toEqual(["shared", "shared"]);
  await registry.configure("asked", { mode: null });
  expect(modes(registry.details("asked"))).toEqual(["fresh", undefined]);
});

it("ends a request on the version that it began on, its streams too", async () => {
  await registry.deploy("router", exampleWasm("router"));
  const exchange = new MemoryExchange({ method: "POST", target: "/echo", fed: true });
  const handling = (await registry.handler("router")).handle(exchange);
  exchange.body!.feed("before ");
  await registry.deploy("router", exampleWasm("greet"), { allowBreaking: true });
  expect(refusal(() => registry.handler("router"))).toMatchObject({ code: "no-handler" });
  exchange.body!.feed("and after");
  exchange.body!.end();
  await handling;
  expect(exchange.response).toMatchObject({ text: "before and after", end: "finished" });
});
