/** Bodies of requests as Node hands them out. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
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
