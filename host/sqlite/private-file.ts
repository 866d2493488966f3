/** File of SQLite that only its user can read, from the beginning: SQLite would let others read it. */
import { closeSync, openSync } from "node:fs";

/** Makes it where it is not there. One that is there is not opened: closing it would give up the locks that this process has on it. */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
