/** Handlers that a server asks before its app. */
import { Hono } from "hono";
import { afterEach, expect, it } from "vitest";
import type { DirectHandler } from "../../../host/http/server/direct-handler.ts";
import { type Listening, listen } from "../../../host/http/server/http-server.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { head, RawClient } from "../../support/raw-client.ts";

let server: Listening;
afterEach(() => server.close());

const serve = async (direct: readonly DirectHandler[], heap = new HeapAccount()) => {
  const app = new Hono().get("*", (c) => c.text("from the app"));
  server = await listen(Object.assign(app, { direct }), { host: "127.0.0.1", port: 0, heap });
};
const answering =
  (path: string, body: string): DirectHandler =>
  (request, response, written) => {
    if (request.url !== path) return false;
    response.end(body);
    written(response);
    return true;
  };
const textOf = async (path: string) => (await fetch(server.url + path)).text();

it("the first one that takes a request answers it, and the app what none of them takes", async () => {
  await serve([answering("/a", "from the first"), answering("/a", "too late"), answering("/b", "from b")]);
  expect(await textOf("/a")).toBe("from the first");
  expect(await textOf("/b")).toBe("from b");
  expect(await textOf("/c")).toBe("from the app");
});

it("none of them sees what the server refuses by its head", async () => {
  let asked = 0;
  await serve([
    () => {
      asked++;
      return false;
    },
  ]);
  const client = await RawClient.open(server);
  expect(await client.send("GET / HTTP/1.1\r\n\r\n").end()).toMatch(/^HTTP\/1.1 400 /);
  expect(asked).toBe(0);
});

it("their answers are counted while nobody reads them", async () => {
  const heap = new HeapAccount();
  let counted: () => void;
  const whenCounted = new Promise<void>((resolve) => {
    counted = resolve;
  });
  const large: DirectHandler = (_, response, written) => {
    response.end("x".repeat(16 * 1024 * 1024));
    written(response);
    counted();
    return true;
  };
  await serve([large], heap);
  const client = await RawClient.open(server);
  client.socket.pause();
  client.send(head("GET /"));
  await whenCounted;
  expect(heap.inUse).toBeGreaterThan(1024 * 1024);
  client.socket.destroy();
});
