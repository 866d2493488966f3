import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { refusalOf } from "../support/thrown.ts";
import { describeCells } from "./cells-contract.ts";
import { memorySharedStore } from "./memory-registers.ts";

afterAll(removeTemporaryFolders);

describeCells("by sockets in a folder", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-cells-"));
  return {
    start: () => createHost({ data, shareData: true, log: () => {} }),
    [Symbol.asyncDispose]: () => rm(data, { recursive: true }),
  };
});

describeCells("by addresses, with the key that they have together", async () => {
  const store = memorySharedStore();
  return {
    start: () => createHost({ store, log: () => {} }),
    [Symbol.asyncDispose]: () => store.close(),
  };
});

it("hosts whose address is not one to be asked at are refused, and are none among the others", async () => {
  await using store = memorySharedStore();
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  for (const nodeAddress of ["192.0.2.1:7801", `127.0.0.1:${port}`, "0.0.0.0:7801", "a b"]) {
    const refused = await refusalOf(createHost({ store, nodeAddress, log: () => {} }));
    expect(refused).toMatchObject({ code: "bad-settings", facts: { subject: "HOTCELL_NODE_ADDRESS" } });
  }
  taken.close();
  for (const alone of [{ nodeAddress: "127.0.0.1" }, { ownKeys: true }])
    expect(await refusalOf(createHost(alone))).toMatchObject({
      code: "bad-settings",
      facts: { subject: Object.keys(alone)[0] },
    });
  await using host = await createHost({ store, nodeAddress: "127.0.0.1", log: () => {} });
  expect(await host.nodes()).toMatchObject([
    { self: true, cells: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
  ]);
});
