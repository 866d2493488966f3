/** Checks of the data folder: there, the host's own, on a disk of this machine with room, and of no later time than now. */

import { accessSync, constants, readdirSync, type Stats, statfsSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { adminToken, isGuessable } from "../../access/admin-token.ts";
import { nodesOfFolder } from "../../nodes/folder-nodes.ts";
import { networkFileSystem } from "../../platform/network-file-system.ts";
import type { ServerOptions } from "../../server.ts";
import { type Holder, livingHolder } from "../../store/sqlite/folder-holder.ts";
import { lockOf } from "../../store/sqlite/folder-lock.ts";
import { type DoctorFinding, note, ok, wrong, wrongBy } from "./finding.ts";

export async function checkData({ data, token }: ServerOptions): Promise<readonly DoctorFinding[]> {
  const folder = resolve(data);
  const given = token === undefined ? [] : [await givenToken(data, token)];
  let stats: Stats | undefined;
  try {
    stats = statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    return [hidden(folder, error as NodeJS.ErrnoException), ...given];
  }
  if (!stats) return [missing(folder), ...disk(existingAbove(folder)), ...given];
  if (!stats.isDirectory()) {
    return [noFolder(folder), ...given];
  }
  const problem = unusable(folder, stats);
  if (problem) return [problem, ...given];
  return [
    openness(folder, stats),
    ...ownFiles(folder),
    ...disk(folder),
    inUse(folder),
    ...(token === undefined ? await keptToken(folder) : given),
    newestTime(folder),
  ];
}

/** A folder that a folder above keeps this user from, or that is none for other reasons. */
function hidden(folder: string, { code = "" }: NodeJS.ErrnoException): DoctorFinding {
  return wrong(
    "data-folder",
    `${me()} can't get to ${folder} (${code}).`,
    "Let this user through the folders above it (chmod o+x), or choose another: HOTCELL_DATA or --data.",
  );
}

function missing(folder: string): DoctorFinding {
  const above = existingAbove(folder);
  if (!statSync(above).isDirectory()) return noFolder(above);
  if (may(above, constants.W_OK | constants.X_OK))
    return ok("data-folder", `${folder} is not there yet, and can be made`);
  return wrong(
    "data-folder",
    `${folder} is not there, and ${me()} may not make it in ${above}.`,
    `Make it and give it to this user, as root: install -d -m 700 -o ${id()} ${folder}. Or choose another: HOTCELL_DATA or --data.`,
  );
}

function noFolder(path: string): DoctorFinding {
  return wrong("data-folder", `${path} is no folder.`, "Choose another: HOTCELL_DATA or --data.");
}

function unusable(folder: string, stats: Stats): DoctorFinding | undefined {
  if (may(folder, constants.R_OK | constants.W_OK | constants.X_OK)) return undefined;
  return wrong(
    "data-folder",
    `${me()} may not read and write ${folder}, which is of user ${stats.uid} with mode ${mode(stats)}.`,
    stats.uid === process.getuid?.()
      ? `chmod 700 ${folder}, and see that it is not mounted read-only.`
      : `Give it to this user, as root: chown -R ${id()} ${folder}. Or choose another: HOTCELL_DATA or --data.`,
  );
}

function openness(folder: string, stats: Stats): DoctorFinding {
  const found = `${folder}, of user ${stats.uid} with mode ${mode(stats)}`;
  if (process.platform === "win32" || (stats.mode & 0o007) === 0) return ok("data-folder", found);
  const what = (stats.mode & 0o002) !== 0 ? "write" : "look";
  const finding = what === "write" ? wrong : note;
  // Others' folders, and those that all share, are not ours to close.
  const own = stats.uid === process.getuid?.() && (stats.mode & sticky) === 0;
  return finding(
    "data-folder",
    `${found}: every user of this machine may ${what} there.`,
    own ? `chmod 700 ${folder}` : "Choose a folder of the host's own: HOTCELL_DATA or --data.",
  );
}

const sticky = 0o1000;

/** Files of a host that this user can't use, as after a start as root. */
function ownFiles(folder: string): readonly DoctorFinding[] {
  const foreign = hostFiles(folder).filter(
    (name) => !may(join(folder, name), constants.R_OK | constants.W_OK),
  );
  if (foreign.length === 0) return [];
  return [
    wrong(
      "data-files",
      `${me()} may not read and write ${foreign.join(", ")} in ${folder}.`,
      `Give them to this user, as root: chown -R ${id()} ${folder}`,
    ),
  ];
}

/** Kind of the file system, and the room on it. */
function disk(folder: string): readonly DoctorFinding[] {
  const { type, bavail, bsize } = statfsSync(folder);
  return [fileSystem(folder, type), room(folder, bavail * bsize)];
}

/** A finding by the number that Linux has for the kind of file system. */
export function fileSystem(folder: string, type: number): DoctorFinding {
  const network = networkFileSystem(type);
  const kind = network === undefined ? kinds.get(type >>> 0) : ([network, shared] as const);
  if (kind === undefined) return ok("data-disk", "a file system of this machine");
  const [name, effect] = kind;
  const finding = effect === lost ? note : wrong;
  return finding(
    "data-disk",
    `${folder} is on ${name}: ${effect}.`,
    "Choose a folder on a disk of this machine: HOTCELL_DATA or --data.",
  );
}

const lost = "what is there is gone when the machine, or the container, ends";
const shared = "SQLite's locks and its log don't hold over a network, and data would be damaged";
const kinds: ReadonlyMap<number, readonly [name: string, effect: string]> = new Map([
  [0x01021994, ["tmpfs, in memory", lost]],
  [0x794c7630, ["an overlay, as roots of containers are", lost]],
]);

function room(folder: string, free: number): DoctorFinding {
  const found = `${Math.floor(free / 1024 / 1024)} MiB are free for ${folder}`;
  if (free < leastRoom) return wrong("data-room", `${found}: uploads are refused soon.`, "Make room there.");
  if (free < littleRoom)
    return note(
      "data-room",
      `${found}, which is little.`,
      "Make room there, or bound what plugins keep: HOTCELL_KV_DISK, HOTCELL_FILES_DISK.",
    );
  return ok("data-room", found);
}

const leastRoom = 64 * 1024 * 1024;
const littleRoom = 1024 ** 3;

function inUse(folder: string): DoctorFinding {
  try {
    const lock = lockOf(folder);
    const shared = lock ? [] : nodesOfFolder(folder);
    if (shared.length > 0) return ok("data-in-use", `hosts share it: ${shared.map(serves).join("; ")}`);
    const living = lock ? undefined : livingHolder(folder);
    if (living) return ok("data-in-use", serves(living));
    if (!lock) return ok("data-in-use", "no host serves from it");
    return ok("data-in-use", lock.holder ? serves(lock.holder) : "a host serves from it");
  } catch (error) {
    return wrongBy("data-in-use", error);
  }
}

function serves({ pid, machine, since, address, store }: Holder): string {
  const where = address === undefined ? "" : `, on ${address}`;
  const from = store === undefined ? "from it" : `with it, and keeps all in ${store},`;
  return `process ${pid} on ${machine} serves ${from} since ${since}${where}`;
}

async function givenToken(folder: string, token: string): Promise<DoctorFinding> {
  try {
    await adminToken(folder, token);
  } catch (error) {
    return wrongBy("token", error);
  }
  if (!isGuessable(token)) return ok("token", "given, and not to be guessed");
  return wrong(
    "token",
    `The admin token has ${token.length} characters, which can be guessed.`,
    "Make one with: openssl rand -hex 32",
  );
}

async function keptToken(folder: string): Promise<readonly DoctorFinding[]> {
  const file = join(folder, "token");
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) return [ok("token", `made at the first start, in ${file}`)];
  if (!may(file, constants.R_OK)) return [];
  try {
    await adminToken(folder);
  } catch (error) {
    return [wrongBy("token", error)];
  }
  if (process.platform === "win32" || (stats.mode & 0o077) === 0) return [ok("token", `kept in ${file}`)];
  return [
    wrong(
      "token",
      `Others than its owner may read the admin token in ${file} (mode ${mode(stats)}).`,
      `chmod 600 ${file}. If somebody may have read it, delete the file: the next start makes a new one.`,
    ),
  ];
}

/** The clock against what was written last: tokens end, and history is told, by it. */
function newestTime(folder: string): DoctorFinding {
  const newest = Math.max(
    ...hostFiles(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
    0,
  );
  const now = Date.now();
  const ahead = Math.round((newest - now) / 1000);
  const remedy = "Set the clock, and let the system keep it: timedatectl set-ntp true";
  if (now < sane)
    return wrong("clock", `It is ${new Date(now).toISOString()} by this machine, which is past.`, remedy);
  if (ahead <= tolerated) return ok("clock", new Date(now).toISOString());
  return wrong("clock", `The data was written ${ahead} s later than it is now by this machine.`, remedy);
}

/** Time before which this was not written. */
const sane = Date.UTC(2026, 0);
/** Seconds. */
const tolerated = 60;

function hostFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) =>
    /^(?:token|.+\.(?:db|db-wal|db-shm|reserve|lock|lock\.json))$/.test(name),
  );
}

function existingAbove(folder: string): string {
  const above = dirname(folder);
  return above === folder || statSync(above, { throwIfNoEntry: false }) ? above : existingAbove(above);
}

function may(path: string, how: number): boolean {
  try {
    accessSync(path, how);
    return true;
  } catch {
    return false;
  }
}

function mode({ mode: bits }: Stats): string {
  return (bits & 0o777).toString(8).padStart(3, "0");
}

function id(): string {
  return String(process.getuid?.() ?? "USER");
}

/** A container's user may have no name. */
function me(): string {
  try {
    return `user ${userInfo().username}`;
  } catch {
    return `user ${id()}`;
  }
}
