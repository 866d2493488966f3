import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import { storeContract } from "./contract.ts";

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "hotcell-store-"));
});
afterAll(() => rm(base, { recursive: true }));

let opened = 0;
storeContract("sqlite", () => openSqliteStore({ folder: join(base, `${++opened}`) }));
