import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { listen } from "../../../host/http/server/http-server.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";

const { host, start } = hostsOfTests();

function open(method: string, path: string, headers: Record<string, string>, agent?: Agent): ClientRequest {
  return request({ host: "127.0.0.1", port: host.port, method, path, headers, ...(agent && { agent }) });
}

async function answerTo(
  sent: ClientRequest,
): Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }> {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers };
}

describe("the upload limit", () => {
  const limit = 256 * 1024;
  const wasm = { authorization, "content-type": "application/wasm" };

  it("cuts a chunked body as soon as it is passed, without reading all of it", async () => {
    await start({ limits: { upload: limit } });
    const sent = open("PUT", "/plugins/endless", wasm);
    // The body never ends: only a server that stops by itself can answer.
    const chunk = Buffer.alloc(16 * 1024);
    let running = true;
    const write = () => {
      while (running && sent.write(chunk));
    };
    sent.on("drain", write);
    sent.on("error", () => {});
    const answer = answerTo(sent);
    write();
    const { status, body } = await answer;
    running = false;
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ code: "too-large", limit });
    sent.destroy();
    expect((await host.put("endless", sample())).status).toBe(201);
  });

  it("refuses a Content-Length over it before any of the body came", async () => {
    await start({ limits: { upload: limit } });
    const sent = open("PUT", "/plugins/large", { ...wasm, "content-length": String(limit + 1) });
    sent.flushHeaders();
    const { status, body } = await answerTo(sent);
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ code: "too-large", limit, actual: limit + 1 });
    sent.on("error", () => {});
    sent.destroy();
  });

  it("lets a chunked body of exactly its size pass", async () => {
    await start({ limits: { upload: sample().length } });
    const sent = open("PUT", "/plugins/exact", wasm);
    sent.write(sample().slice(0, 100));
    sent.end(sample().slice(100));
    expect((await answerTo(sent)).status).toBe(201);
  });

  it("refuses an upload without a token before any of the body came", async () => {
    await start();
    const sent = open("PUT", "/plugins/p", {
      "content-type": "application/wasm",
      "content-length": "1000000",
    });
    sent.flushHeaders();
    expect((await answerTo(sent)).status).toBe(401);
    sent.on("error", () => {});
    sent.destroy();
  });

  it("survives a client that goes away in the middle of a body", async () => {
    await start();
    const sent = open("PUT", "/plugins/p", { ...wasm, "content-length": "1000", expect: "100-continue" });
    sent.flushHeaders();
    await once(sent, "continue");
    sent.on("error", () => {});
    sent.destroy();
    expect((await host.put("p", sample())).status).toBe(201);
    expect(host.faults).toEqual([]);
  });
});

describe("close", () => {
  it("answers what is under way, and takes no more", async () => {
    await start();
    await host.put("calc", sample());
    const agent = new Agent({ keepAlive: true });
    const headers = { "content-type": "application/json", "content-length": "6", expect: "100-continue" };
    const sent = open("POST", "/call/calc/add", headers, agent);
    sent.flushHeaders();
    // From here on the server has the request and waits for its body.
    await once(sent, "continue");
    const answer = answerTo(sent);
    const closed = host.close();
    // What was sent by now is taken first, until nothing comes for two turns; then nobody is. Who stands in the system's queue in
    // that moment is reset.
    const turnedAway = async (): Promise<unknown> => {
      const next = open("GET", "/healthz", {});
      next.end();
      const refused = await answerTo(next).catch((error: NodeJS.ErrnoException) => error);
      if ("code" in refused && refused.code !== "ECONNRESET") return refused;
      for (let turn = 0; turn < 5; turn++) await nextTurn();
      return turnedAway();
    };
    expect(await turnedAway()).toMatchObject({ code: "ECONNREFUSED" });
    sent.end("[40,2]");
    expect(await answer).toMatchObject({ status: 200, body: "42" });
    await closed;
    agent.destroy();
  });

  it("does not wait for idle connections", async () => {
    await start({ grace: 3_600_000 });
    const agent = new Agent({ keepAlive: true });
    const sent = open("GET", "/healthz", {}, agent);
    sent.end();
    expect((await answerTo(sent)).status).toBe(200);
    await host.close();
    agent.destroy();
  });

  it("cuts off what does not end within the grace time", async () => {
    await start({ grace: 1 });
    const sent = open("PUT", "/plugins/p", {
      authorization,
      "content-type": "application/wasm",
      "content-length": "1000",
      expect: "100-continue",
    });
    sent.flushHeaders();
    await once(sent, "continue");
    const cut = once(sent, "error");
    await host.close();
    expect((await cut)[0]).toMatchObject({ code: "ECONNRESET" });
  });
});

it("says whether it is ready", async () => {
  let ready = false;
  await start({ ready: () => ready });
  expect(await host.send("GET", "/readyz")).toMatchObject({ status: 503, json: { code: "closed" } });
  expect(await host.send("GET", "/healthz")).toMatchObject({ status: 200, json: { status: "ok" } });
  ready = true;
  expect(await host.send("GET", "/readyz")).toMatchObject({ status: 200, json: { status: "ready" } });
});

it("answers HEAD as GET without a body", async () => {
  await start();
  expect(await host.send("HEAD", "/plugins")).toMatchObject({ status: 200, text: "" });
});

it("answers what is no HTTP, and serves on", async () => {
  await start();
  const socket = connect(host.port, "127.0.0.1");
  socket.end("\u0016\u0003\u0001 this is no request\r\n\r\n");
  expect(await text(socket)).toContain("400 Bad Request");
  expect((await host.send("GET", "/healthz")).status).toBe(200);
});

it("answers HTTP/1.0 without a Host, on a network and on loopback", async () => {
  for (const [address, allowedHosts] of [
    ["0.0.0.0", []],
    ["0.0.0.0", ["plugins.example"]],
    ["127.0.0.1", []],
  ] as const) {
    await start({ address, allowedHosts });
    for (const path of ["/healthz", "/readyz", "/call/none/f"]) {
      const socket = connect(host.port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      const answer = await text(socket);
      expect(answer).toContain(path.startsWith("/call") ? "plugin-not-found" : " 200 OK\r\n");
    }
    // What no browser sends without one is refused with one that is somebody else's, as before.
    const rebound = connect(host.port, "127.0.0.1");
    rebound.write("GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n");
    const open = address === "0.0.0.0" && allowedHosts.length === 0;
    expect(await text(rebound)).toContain(open ? " 200 OK\r\n" : " 403 Forbidden\r\n");
    await host.close();
  }
});

it("says why it can't listen", async () => {
  await start();
  const again = listen(new Hono(), { host: "127.0.0.1", port: host.port });
  await expect(again).rejects.toMatchObject({
    code: "bad-settings",
    message: `127.0.0.1:${host.port} is in use already.`,
    facts: { remedy: expect.stringContaining("HOTCELL_PORT") },
  });
});
