/** Requests of one turn of the event loop, which are handled together. */
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { type Gathered, GatheredRequests } from "../../../host/http/serve/gathered-requests.ts";
import type { Soon } from "../../../host/platform/soon.ts";

it("handles what came in a turn in its order, after the turn, and tells of each when it is through", async () => {
  const gathered = new GatheredRequests((each: Gathered & { readonly serve: () => Soon<void> }) =>
    each.serve(),
  );
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const add = (name: string, ends?: Promise<void>) =>
    gathered.add({
      serve() {
        order.push(`${name} begins`);
        return ends;
      },
      response: { name } as unknown as ServerResponse,
      written: () => order.push(`${name} ended`),
    });
  add("first", promise);
  add("second");
  expect(order).toEqual([]);
  await new Promise((turn) => setImmediate(turn));
  add("third");
  expect(order).toEqual(["first begins", "second begins", "second ended"]);
  resolve();
  await new Promise((turn) => setImmediate(turn));
  expect(order.slice(3)).toEqual(["first ended", "third begins", "third ended"]);
});
