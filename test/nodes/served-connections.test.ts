/** Connections between hosts that end: each after the answer that is under way there, and no answer is lost by it. */
import { once } from "node:events";
import { createServer, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { connect } from "node:tls";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NodeKeys } from "../../host/nodes/node-key.ts";
import { ServedConnections } from "../../host/nodes/served-connections.ts";
import { agentTo, keyedClientOptions, keyedServerOptions } from "../../host/placement/far/far-place.ts";
import { memoryRegisters } from "./memory-registers.ts";

const host = "127.0.0.1";
const answer = Buffer.alloc(8 * 1024 * 1024, "a");

let opened: AsyncDisposableStack;
let connections: ServedConnections;
let keys: NodeKeys;
let port: number;
let handled: number;
/** Done in the turn in which an answer is written. */
let then: () => void;
let met: Promise<unknown>;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  keys = await NodeKeys.of(memoryRegisters());
  connections = new ServedConnections();
  handled = 0;
  const server = createServer(keyedServerOptions(keys), (asked, response) => {
    if (!connections.begin(asked.socket, response)) return;
    handled++;
    // All of the question is there by then, as it is between hosts.
    asked.resume().once("end", () => {
      response.end(answer);
      then();
    });
  });
  server.on("secureConnection", (socket: Socket) => connections.meet(socket));
  met = once(server, "secureConnection");
  server.listen(0, host);
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  opened.defer(() => void server.close());
});
afterEach(() => opened.disposeAsync());

it("have their answers sent whole first, where these are written and not sent yet", async () => {
  const agent = opened.adopt(agentTo({ host, port, keys }), (each) => each.destroy());
  then = () => connections.retire();
  for (let asked = 1; asked <= 5; asked++) {
    const sent = request({ host, port, agent }).end();
    const socket = once(sent, "socket") as Promise<[Socket]>;
    const [response] = await once(sent, "response");
    const closed = once((await socket)[0], "close");
    expect((await buffer(response)).equals(answer)).toBe(true);
    await closed;
    expect(handled).toBe(asked);
  }
  await connections.ended();
});

it("end at once where nothing is under way, also before anything was", async () => {
  then = () => {};
  const socket = connect({ host, port, ...keyedClientOptions(keys) });
  socket.on("error", () => {});
  await met;
  const closed = once(socket, "close");
  connections.retire();
  await closed;
  expect(handled).toBe(0);
});
