import { expect, it } from "vitest";
import { type FollowedStream, StreamFollower } from "../../host/nats/stream-follower.ts";

it("a follower without a consumer waits for the next connection once, however often it tries", async () => {
  let connection = Promise.withResolvers<void>();
  let waits = 0;
  let tries = 0;
  const tried = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  const stream: FollowedStream = {
    consumer: async () => {
      tries++;
      if (tries === 4) tried.resolve();
      if (waits === 2) again.resolve();
      throw new Error("no leader");
    },
    pull: async () => {},
    next: async () => undefined,
    connected: () => {
      waits++;
      return connection.promise;
    },
    closed: () => false,
  };
  const ending = new AbortController();
  const running = new StreamFollower(stream, 0, () => {}).run(ending.signal);
  await tried.promise;
  expect(waits).toBe(1);
  const before = connection;
  connection = Promise.withResolvers();
  before.resolve();
  await again.promise;
  ending.abort();
  await running;
  expect(waits).toBe(2);
});
