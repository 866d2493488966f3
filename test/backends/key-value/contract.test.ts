import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { MemoryKeyValue } from "../../../host/backends/key-value/memory-key-value.ts";
import { SqliteKeyValue } from "../../../host/backends/key-value/sqlite/sqlite-key-value.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { keyValueContract } from "./contract.ts";

const folder = await mkdtemp(join(tmpdir(), "hotcell-kv-"));
afterAll(() => rm(folder, { recursive: true, force: true }));
let files = 0;

keyValueContract("in memory", async () => new MemoryKeyValue(new HeapAccount(100_000_000)));
keyValueContract("in a file", async () => new SqliteKeyValue({ file: join(folder, `${files++}.db`) }));
