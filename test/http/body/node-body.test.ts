/** Bodies of requests as Node hands them out. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { bodyOf } from "../../../host/http/body/body-of-request.ts";
import { NodeBody } from "../../../host/http/body/node-body.ts";
import { head, RawClient } from "../../support/raw-client.ts";

it("ended early where the client left before anybody began to read", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = await RawClient.open({ port: (server.address() as AddressInfo).port });
  client.send(`${head("POST /", "Content-Length: 10")}[1,`);
  const [request] = (await once(server, "request")) as [IncomingMessage];
  request.socket.destroy();
  await new Promise((closed) => request.on("error", () => {}).once("close", closed));
  await expect(new NodeBody(request).whole()).rejects.toMatchObject({ code: "bad-request" });
  server.close();
});

it("are whole where several chunks are here before anybody begins to read", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = await RawClient.open({ port: (server.address() as AddressInfo).port });
  client.send(`${head("POST /", "Transfer-Encoding: chunked")}2\r\n[4\r\n3\r\n0,2\r\n1\r\n]\r\n0\r\n\r\n`);
  const [request] = (await once(server, "request")) as [IncomingMessage];
  while (!request.complete) await new Promise((next) => setImmediate(next));
  expect(String(await new NodeBody(request).whole())).toBe("[40,2]");
  server.closeAllConnections();
  server.close();
});

describe("of requests that have none, and whose stream has come to its end with their head", () => {
  const requests = async (serve: (request: IncomingMessage) => Promise<string>, ...heads: string[]) => {
    const server = createServer({ optimizeEmptyRequests: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = await RawClient.open({ port: (server.address() as AddressInfo).port });
    const served: Promise<string>[] = [];
    server.on("request", (request, response) => {
      served.push(serve(request));
      response.end();
    });
    client.send(heads.join(""));
    await client.until(new RegExp(`(?:HTTP/1.1 200 [\\s\\S]*?){${heads.length}}`));
    server.closeAllConnections();
    server.close();
    return Promise.all(served);
  };

  it("are empty, whole and in pieces, also when the client has left", async () => {
    const read = async (request: IncomingMessage) => {
      await new Promise((closed) => request.socket.once("close", closed));
      const body = new NodeBody(request);
      let pieces = 0;
      for await (const _ of body.pieces()) pieces++;
      return `${(await body.whole()).length} ${pieces}`;
    };
    expect(await requests(read, head("POST /"), head("GET /"))).toEqual(["0 0", "0 0"]);
  });

  it("are read from Node's side where an app has the web's", async () => {
    const isNodes = async (incoming: IncomingMessage) => {
      const request = Object.assign(new Request("http://localhost/", { method: "POST" }), {
        [Symbol("incoming")]: incoming,
      });
      return String(bodyOf(request, { incoming }) instanceof NodeBody);
    };
    expect(await requests(isNodes, head("POST /"))).toEqual(["true"]);
  });
});
