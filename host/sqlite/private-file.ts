/** File of SQLite that only its user can read, from the beginning: SQLite would let others read it. */
import { randomUUID } from "node:crypto";
import { closeSync, linkSync, openSync, rmSync, statSync } from "node:fs";

/**
 * Makes it where it is not there. It is opened under its name by SQLite alone: closing any other descriptor of it would give up the locks that
 * this process has on it, by another connection, in another thread too.
 */
export function makePrivate(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })) return;
  const draft = `${file}.${randomUUID()}.new`;
  try {
    closeSync(openSync(draft, "wx", 0o600));
    linkSync(draft, file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (unlinkable.has(code)) make(file);
    else if (code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Codes of file systems that have no second name for a file. */
const unlinkable: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

function make(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
