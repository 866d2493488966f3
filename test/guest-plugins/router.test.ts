/** The example router: on jco's server and on our own host, and what its streams do where a client is slow or leaves. */
import { afterAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createHost } from "../../host/host.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { exampleWasm } from "../support/examples.ts";
import { handlerHosts } from "./handler-hosts.ts";

const component = exampleWasm("router");

test("is a component for any host that serves wasi:http", () => {
  const wit = printWorld(inspectComponent(component).world);
  expect(wit).toContain("export wasi:http/incoming-handler@0.2.0");
  expect(wit).toContain("import wasi:http/types@0.2.0");
});

describe.each(handlerHosts)("on %s", async (_, start) => {
  const { ask, close } = await start(component);
  afterAll(close);

  test.each([
    ["GET /", { status: 200, body: "GET /\nGET /hello/:name\nPOST /echo\nPOST /words\nGET /countdown\n" }],
    ["GET /hello/Zo%C3%AB", { status: 200, body: "Hello, Zoë!" }],
    ["GET /nowhere?a=b", { status: 404, body: "Not Found" }],
    ["DELETE /echo", { status: 405, type: "text/plain; charset=utf-8" }],
    ["POST /echo # é🌍", { status: 200, type: "text/markdown", body: "# é🌍" }],
    ["POST /words two  words", { status: 200, type: "application/json", body: '{"words":2,"units":10}' }],
    ["GET /countdown?x=1&from=3", { status: 200, body: "3\n2\n1\n" }],
    ["GET /countdown?from=no", { status: 400 }],
  ])("%s", async (asked, expected) => {
    const [, method = "", target = "", body] = /^(\S+) (\S+)(?: (.*))?$/s.exec(asked)!;
    const headers = [["content-type", "text/markdown"]] as const;
    const response = await ask(target, { method, headers, ...(body !== undefined && { body }) });
    const type = response.headers.get("content-type");
    expect({ status: response.status, type, body: await response.text() }).toMatchObject(expected);
  });
});

describe("the streams of a shared cell", async () => {
  const host = await createHost();
  afterAll(() => host.close());
  await host.registry.deploy("router", component, { settings: { mode: "shared" } });
  const handle = async (exchange: MemoryExchange) => (await host.registry.handler("router")).handle(exchange);

  test("give the reader each line before the last is written", async () => {
    const exchange = new MemoryExchange({ target: "/countdown?from=1000", window: 8 });
    const ended = handle(exchange);
    const response = await exchange.begun;
    expect(response.text).toBe("1000\n999");
    expect(response.end).toBeUndefined();
    while (response.end === undefined) {
      response.take();
      await new Promise(setImmediate);
    }
    await ended;
    expect(response.text.split("\n")).toHaveLength(1001);
  });

  test("end where the reader leaves, and the cell answers the next one", async () => {
    const exchange = new MemoryExchange({ target: "/countdown?from=1000", window: 8 });
    const ended = handle(exchange);
    (await exchange.begun).leave();
    await expect(ended).rejects.toMatchObject({ code: "cancelled" });
    const next = new MemoryExchange({ target: "/hello/x" });
    await handle(next);
    expect(next.response?.text).toBe("Hello, x!");
  });

  test("pass a body on while it comes, and cut off the answer where it breaks off", async () => {
    const exchange = new MemoryExchange({ method: "POST", target: "/echo", fed: true });
    const ended = handle(exchange);
    exchange.body!.feed("half");
    const response = await exchange.begun;
    while (response.text === "") await new Promise(setImmediate);
    expect(response.text).toBe("half");
    exchange.body!.breakOff();
    await expect(ended).rejects.toMatchObject({ code: "bad-request" });
    expect(response.end).toBe("aborted");
  });
});
