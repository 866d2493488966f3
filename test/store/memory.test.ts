import { expect, it } from "vitest";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { storeContract } from "./contract.ts";

storeContract("memory", async () => createMemoryStore());

it("has nothing to back up", async () => {
  await expect(createMemoryStore().backup("nowhere")).rejects.toMatchObject({ code: "store-unavailable" });
});
