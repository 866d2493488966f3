import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Hono } from "hono";
import { expect, it, vi } from "vitest";
import { listen } from "../../../host/http/server/http-server.ts";
import { head, RawClient } from "../../support/raw-client.ts";

it("answers under load all that it has begun, and refuses the rest", async () => {
  let begun = 0;
  const app = new Hono();
  app.post("/", async (c) => {
    begun++;
    const body = await c.req.text();
    await nextTurn();
    return c.text(body);
  });
  const server = await listen(app, { host: "127.0.0.1", port: 0 });

  let answered = 0;
  let enough = () => {};
  const loaded = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const failures: (string | undefined)[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const client = async () => {
    for (;;) {
      const sent = request({ port: server.port, host: "127.0.0.1", method: "POST", agent });
      try {
        const responded = once(sent, "response");
        sent.end("hello");
        const [answer] = (await responded) as [IncomingMessage];
        expect(answer.statusCode).toBe(200);
        expect(await text(answer)).toBe("hello");
      } catch (error) {
        failures.push((error as NodeJS.ErrnoException).code);
        return;
      }
      if (++answered === 1_000) enough();
    }
  };
  const clients = Array.from({ length: 32 }, client);
  await loaded;
  await server.close();
  await Promise.all(clients);
  agent.destroy();
  expect(answered).toBe(begun);
  // A connection that was refused, or that ended between two requests.
  expect(failures.filter((code) => code !== "ECONNREFUSED" && code !== "ECONNRESET")).toEqual([]);
});

it("sends what it has answered whole, to a client that has yet to read it", async () => {
  const body = "a".repeat(16 * 1024 * 1024);
  const app = new Hono();
  app.post("/", async (c) => c.text(`${await c.req.text()}${body}`));
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true });
  const sent = request({ port: server.port, host: "127.0.0.1", method: "POST", agent }).end("b");
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const closed = server.close();
  // The end has settled by then, and closed what was idle.
  for (let turn = 0; turn < 100; turn++) await nextTurn();
  expect((await text(answer)).length).toBe(body.length + 1);
  await closed;
  agent.destroy();
});

it("begins what had come before it was told to close", async () => {
  const app = new Hono();
  app.get("/", (c) => c.text("served"));
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true });
  const send = async () => {
    const sent = request({ port: server.port, host: "127.0.0.1", agent });
    const responded = once(sent, "response");
    sent.end();
    // From here on the bytes are the system's.
    return { flushed: once(sent, "finish"), responded };
  };
  const first = await send();
  const [warm] = (await first.responded) as [IncomingMessage];
  await text(warm);
  // The same connection, idle as far as the server knows.
  const { flushed, responded } = await send();
  await flushed;
  const closed = server.close();
  const [answer] = (await responded) as [IncomingMessage];
  expect(await text(answer)).toBe("served");
  expect(answer.headers.connection).toBe("close");
  await closed;
  agent.destroy();
});

it("tells who has waited for the whole grace time that no answer will come", async () => {
  const waits = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const app = new Hono();
  app.post("/", async (c) => {
    begun.resolve();
    await waits.promise;
    return c.text("late");
  });
  const server = await listen(app, { host: "127.0.0.1", port: 0, grace: 1 });
  const sent = request({ port: server.port, host: "127.0.0.1", method: "POST" });
  const responded = once(sent, "response");
  sent.end("{}");
  await begun.promise;
  const closed = server.close();
  const [answer] = (await responded) as [IncomingMessage];
  expect(answer.statusCode).toBe(503);
  expect(answer.headers).toMatchObject({ connection: "close", "content-type": "application/problem+json" });
  expect(JSON.parse(await text(answer))).toMatchObject({ code: "closed", remedy: expect.any(String) });
  await closed;
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  waits.resolve();
  await nextTurn();
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});

it("begins nothing behind an answer that said it is the last", async () => {
  const waits = Promise.withResolvers<void>();
  const seen: string[] = [];
  const began = Promise.withResolvers<void>();
  const app = new Hono();
  app.get("/:name", async (c) => {
    seen.push(c.req.param("name"));
    if (c.req.param("name") !== "first") return c.text("no");
    c.header("content-type", "text/plain");
    began.resolve();
    const { readable, writable } = new TransformStream<string, string>();
    const writer = writable.getWriter();
    void writer.write("begun");
    void waits.promise.then(() => writer.close());
    return new Response(readable.pipeThrough(new TextEncoderStream()));
  });
  const server = await listen(app, { host: "127.0.0.1", port: 0 });
  const settling = server.settle();
  const client = await RawClient.open(server);
  client.send(head("GET /first"));
  expect(await client.until(/begun/)).toMatch(/connection: close/i);
  client.send(head("GET /second"));
  await settling;
  const closed = server.close();
  waits.resolve();
  const received = await client.end();
  expect(received.match(/HTTP\/1.1 200/g)).toHaveLength(1);
  expect(seen).toEqual(["first"]);
  await closed;
});

it("does not wait for connections that nothing ever came over", async () => {
  const server = await listen(new Hono(), { host: "127.0.0.1", port: 0, grace: 3_600_000 });
  const silent = await Promise.all([RawClient.open(server), RawClient.open(server)]);
  await server.settle();
  await server.close();
  for (const client of silent) expect(await client.end()).toBe("");
});
