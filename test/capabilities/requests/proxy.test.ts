/** A plugin that serves HTTP and asks others for what it answers with: bodies go through it both ways. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { MemoryExchange } from "../../drive/memory-exchange.ts";
import { witDeps } from "../../guest-plugins/wit-packages.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";
import { closeRequesting, placements } from "./placed-requesting.ts";

const server = createServer((request, response) => {
  response.writeHead(201, { "x-path": request.url });
  request.pipe(response);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(async () => {
  closeRequesting();
  server.closeAllConnections();
  server.close();
  await removeTemporaryFolders();
});

const world = `package t:proxy@1.0.0;
world proxy {
  import wasi:http/types@0.2.0;
  import wasi:http/outgoing-handler@0.2.0;
  export wasi:http/incoming-handler@0.2.0;
}`;
const source = `
import { FetchRequest } from "hotcell/assembly/fetch";
import { App } from "hotcell/assembly/http";
const app = new App();
app.post("/*", (c) => {
  const request = new FetchRequest("POST", "${origin}" + c.req.target);
  const out = request.stream("text/plain");
  if (out) out.write(c.req.body.read()!);
  const response = request.response();
  if (response.error) return c.status(502).text(response.error!.message);
  c.status(response.status);
  c.header("x-path", response.header("x-path")!);
  const back = c.stream("text/plain");
  for (let piece = response.read(); piece; piece = response.read()) {
    if (!back.write(piece) || !back.flush()) return;
    const next = c.req.body.read();
    if (next) out!.write(next);
    else out!.end();
  }
});
export default app;`;

const files = { "wit/world.wit": world, "assembly/index.ts": source, ...(await witDeps("wasi:http@0.2.0")) };
const component = inspectComponent(await buildComponent({ files }));

describe.each(Object.entries(placements))("a plugin that is a proxy, its cells %s", async (_, make) => {
  const placement = await make(component, "fresh");
  const handle = placement.bindHandler("wasi:http/incoming-handler@0.2.0#handle");

  it("passes on each piece as it comes, and its answer", async () => {
    const exchange = new MemoryExchange({ method: "POST", target: "/a?b", fed: true });
    const ended = handle(exchange);
    exchange.body!.feed("first");
    const response = await exchange.begun;
    expect(response.head.status).toBe(201);
    expect(response.field("x-path")).toBe("/a?b");
    exchange.body!.feed(" second");
    exchange.body!.end();
    await ended;
    expect(response).toMatchObject({ text: "first second", end: "finished" });
  });

  it("goes no further when its client has left", async () => {
    const gone = once(server, "request").then(
      // It is aborted, which is an error to the server.
      ([request]) => new Promise((resolve) => request.on("error", () => {}).once("close", resolve)),
    );
    const exchange = new MemoryExchange({ method: "POST", target: "/", fed: true });
    const ended = Promise.resolve(handle(exchange)).catch((error) => error.code);
    exchange.body!.feed("first");
    (await exchange.begun).leave();
    exchange.body!.feed("second");
    expect(await ended).toBe("cancelled");
    await gone;
  });
});
