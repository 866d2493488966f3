/** Connections over which nothing comes any more. */
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { IdleConnections } from "../../../host/http/server/idle-connections.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { head } from "../../support/raw-client.ts";

const { host, connect, ...hosts } = hostsOfTests();
const post = (length: number) =>
  head("POST /call/calc/add", "Content-Type: application/json", `Content-Length: ${length}`);

it("are closed after an answer, and not before anything was asked", async () => {
  await hosts.start({ serverLimits: { idleTime: 20, checkEvery: 10 } });
  await host.put("calc", sample());
  const silent = await connect();
  const client = await connect();
  await client.send(`${post(6)}[40,2]`).until(/42$/);
  await client.send(`${post(6)}[40,3]`).until(/43$/);
  // Node gives its clients a second more than it tells them.
  await client.end();
  expect(silent.socket.destroyed).toBe(false);
  await silent.send(`${post(6)}[40,2]`).until(/42$/);
});

describe("a look at them", () => {
  const watched = () => {
    const idle = new IdleConnections();
    const socket = {
      bytesRead: 0,
      destroyed: false,
      destroy: () => Object.assign(socket, { destroyed: true }),
    };
    idle.watch(socket as unknown as Socket);
    const { setTimeout } = socket as unknown as Socket;
    const look = (now: number) => {
      idle.end([socket as unknown as Socket], now);
      return socket.destroyed;
    };
    return { socket, look, mayBeIdle: (time: number) => setTimeout.call(socket, time) };
  };

  it("ends those that have been idle from one to another that is late enough", () => {
    const { look, mayBeIdle } = watched();
    expect([look(0), look(1_000)]).toEqual([false, false]);
    mayBeIdle(100);
    expect([1_000, 1_050, 1_100, 1_101].map(look)).toEqual([false, false, false, true]);
  });

  it("leaves those alone over which something came, or that have a request again", () => {
    const { socket, look, mayBeIdle } = watched();
    mayBeIdle(100);
    expect(look(0)).toBe(false);
    socket.bytesRead = 1;
    expect([look(200), look(300)]).toEqual([false, false]);
    mayBeIdle(0);
    expect(look(1_000)).toBe(false);
    // Answered meanwhile: its bytes had come by then.
    socket.bytesRead = 2;
    mayBeIdle(100);
    expect([look(1_001), look(1_101), look(1_102)]).toEqual([false, false, true]);
  });
});
