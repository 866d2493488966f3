/** A thread that copies a SQLite store while it is in use, then ends. */
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { HotcellError } from "../../errors.ts";
import { packFiles } from "../../sqlite/packed-files.ts";
import { type ErrorMessage, toErrorMessage } from "../../sqlite/sqlite-errors.ts";

export interface BackupJob {
  readonly file: string;
  readonly target: string;
  /** Written first, beside the target. */
  readonly draft: string;
}

export interface BackupReport {
  readonly error?: ErrorMessage;
}

const { file, target, draft } = workerData as BackupJob;
const report: BackupReport = run();
parentPort!.postMessage(report);

function run(): BackupReport {
  try {
    // A connection of its own: one long read, which writers need not wait for.
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      db.prepare("VACUUM INTO ?").run(draft);
    } finally {
      db.close();
    }
    packFiles(file, draft);
    chmodSync(draft, 0o600);
    check();
    sync(draft);
    renameSync(draft, target);
    sync(dirname(target));
    return {};
  } catch (error) {
    rmSync(draft, { force: true });
    const message = toErrorMessage(error, target, "backup");
    // The copy is new; damage is the original's.
    return { error: message.code === "store-corrupt" ? toErrorMessage(error, file) : message };
  }
}

/** A backup that can't be restored is worse than none: it is found out when it is needed. */
function check(): void {
  const copy = new DatabaseSync(draft, { readOnly: true });
  try {
    const result = copy.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    if (result.quick_check === "ok") return;
    throw new HotcellError("store-corrupt", `The copy of ${file} is damaged: ${result.quick_check}.`, {
      subject: file,
      remedy: "The store may be damaged itself. Keep the older backups.",
    });
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
