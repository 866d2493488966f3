import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createHost } from "../../host/host.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
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
