import { expect, it } from "vitest";
import { memoryInUse } from "../../tools/soak/support/collect.ts";
import { sample } from "../guests/small-plugins.ts";
import { EventStream } from "./event-stream.ts";
import { hostOfFile } from "./hosts.ts";

const host = await hostOfFile();

it("goes on when garbage is collected before anybody has read from it", async () => {
  const stream = await EventStream.open(host);
  await memoryInUse();
  await host.put("calc", sample());
  expect(await stream.next()).toMatchObject({ kind: "deployed" });
  await memoryInUse();
  await host.send("DELETE", "/plugins/calc");
  expect(await stream.next()).toMatchObject({ kind: "removed" });
});
