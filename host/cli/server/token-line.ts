import { fstatSync } from "node:fs";
import type { AdminToken } from "../../access/admin-token.ts";

/** Members of the line for programs: as `tokenLine` tells it. */
export function toldToken({ token, file }: AdminToken) {
  if (file === undefined) return {};
  return isJournal() ? { tokenFile: file } : { token, tokenFile: file };
}

/** Line that a server prints of its admin token: what it is, or only where it is kept when the journal of systemd would keep it too. */
export function tokenLine({ token, file }: AdminToken): string {
  if (file === undefined) return "Admin token: the one given";
  return isJournal() ? `Admin token: in ${file}` : `Admin token: ${token} (kept in ${file})`;
}

/** True where standard output is what JOURNAL_STREAM says: programs that a service starts with an output of their own inherit it too. */
function isJournal(): boolean {
  const stream = process.env.JOURNAL_STREAM;
  if (!stream) return false;
  const { dev, ino } = fstatSync(1, { bigint: true });
  return stream === `${dev}:${ino}`;
}
