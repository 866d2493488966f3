import { describe, expect, it } from "vitest";
import type { IncomingBytes, OutgoingBytes } from "../../host/capabilities/http/http-exchange.ts";
import { SlowClients } from "../../host/placement/slow-clients.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";

const window = 100_000;

/** Exchange whose client has so much yet to read that the guest waits for it, after it has read `bytes`. */
function behind(clients: SlowClients, bytes: number) {
  const exchange = new MemoryExchange({ window });
  const paced = clients.pace(exchange);
  const out = paced.respond({ status: 200, fields: [] });
  out.write(new Uint8Array(window));
  let woken = false;
  const wait = () => out.whenRoom(() => (woken = true));
  wait();
  if (bytes > 0) {
    exchange.response!.take(bytes);
    out.write(new Uint8Array(bytes));
    wait();
  }
  woken = false;
  return { exchange, paced, out, woken: () => woken };
}

/** After `seconds` more. */
const later = (seconds: number) => performance.now() + seconds * 1000;
const ended = ({ exchange }: { exchange: MemoryExchange }) => exchange.response!.end;

describe("slow clients", () => {
  it("are left alone as long as nobody waits for a cell", () => {
    const clients = new SlowClients("site", () => false);
    const one = behind(clients, 0);
    clients.look(later(100));
    expect(ended(one)).toBeUndefined();
    one.paced.over();
  });

  it("are cut off where somebody does, the slowest first, and not those who read", () => {
    const clients = new SlowClients("site", () => true);
    const [slow, slower, reader] = [behind(clients, 10), behind(clients, 1), behind(clients, 90_000)];
    clients.look(later(1));
    expect([slow, slower, reader].map(ended)).toEqual([undefined, undefined, undefined]);
    clients.look(later(3));
    expect([slow, slower, reader].map(ended)).toEqual([undefined, "aborted", undefined]);
    expect([slower.woken(), slower.out.closed, slower.out.room]).toEqual([true, true, 0]);
    expect(() => slower.out.write(new Uint8Array(1))).toThrow("left");
    clients.look(later(3));
    clients.look(later(3));
    expect([slow, slower, reader].map(ended)).toEqual(["aborted", "aborted", undefined]);
    // What it read long ago is forgotten.
    clients.look(later(7));
    expect(ended(reader)).toBe("aborted");
    for (const { paced } of [slow, slower, reader]) paced.over();
  });

  it("have their requests broken off where no answer has begun", () => {
    const clients = new SlowClients("site", () => true);
    const exchange = new MemoryExchange({ fed: true });
    const { body } = clients.pace(exchange) as { body: IncomingBytes };
    let woken = false;
    body.whenReadable(() => {
      woken = true;
    });
    clients.look(later(3));
    expect([woken, body.readable]).toEqual([true, true]);
    expect(() => body.read(10)).toThrow(expect.objectContaining({ code: "request-timeout" }));
  });

  it("are those the guest waits for, not those who wait for it", () => {
    const clients = new SlowClients("site", () => true);
    const one = behind(clients, 0);
    one.exchange.response!.take();
    expect(one.woken()).toBe(true);
    clients.look(later(100));
    expect(ended(one)).toBeUndefined();
    one.paced.over();
  });
});

it("goes on with an exchange as it is", () => {
  const exchange = new MemoryExchange({ body: ["text"] });
  const paced = new SlowClients("site", () => true).pace(exchange);
  const out: OutgoingBytes = paced.respond({ status: 201, fields: ["a", "b"] });
  expect(Buffer.from(paced.body!.read(10)!).toString()).toBe("text");
  out.write(Buffer.from("done"));
  out.finish(undefined);
  expect(exchange.response).toMatchObject({ status: 201, text: "done", end: "finished" });
});
