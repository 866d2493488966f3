/** Both ways of keeping files, for tests of what holds for either. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Data } from "../../../host/backends/data.ts";
import { isRefused } from "../../../host/backends/files/file-request.ts";
import type { FileService, ServedFiles } from "../../../host/backends/files/file-service.ts";
import type { FileAccess } from "../../../host/backends/files/file-session.ts";
import { MemoryFiles } from "../../../host/backends/files/memory-files.ts";
import { SqliteFiles } from "../../../host/backends/files/sqlite-files.ts";

const folders: string[] = [];
const services: FileService[] = [];
afterAll(async () => {
  for (const service of services) await service.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "hotcell-files-"));
  folders.push(folder);
  return folder;
}

function kept<S extends FileService>(service: S): S {
  services.push(service);
  return service;
}

export const fileServices: Readonly<Record<string, () => FileService>> = {
  "in memory": () => kept(new MemoryFiles()),
  "in SQLite": () => kept(new SqliteFiles({ file: join(temporaryFolder(), "files.db") })),
};

export const plenty: FileAccess = {
  plugin: "p",
  quota: { bytes: 2 ** 30, files: 100_000 },
  mounts: [{ at: "/", readonly: false }],
};

/** Asks in one word: gives what is answered, or the code of the refusal. */
export async function ask(files: ServedFiles, operation: string, ...args: readonly Data[]): Promise<Data> {
  const answer = await files.perform([operation, ...args]);
  return isRefused(answer) ? answer.error : answer;
}
