import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { exchangePair } from "../../../host/backends/exchange.ts";
import { sendParts } from "../../../host/placement/far/carried-exchange.ts";

it("parts for a connection that dies while it takes none end with it", async () => {
  const [near, far] = exchangePair(() => {});
  const taken = Promise.withResolvers<void>();
  // Takes the first, and never says that it has.
  const out = new Writable({ highWaterMark: 1, write: () => taken.resolve() });
  const sending = sendParts(far, out);
  await near.send(new Uint8Array(10));
  await taken.promise;
  await near.send(new Uint8Array(10));
  out.destroy();
  await sending;
  expect(out.destroyed).toBe(true);
});
