/** Hosts that share a data folder, as those see them who are none of these: without joining, and without a change to anything. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isLocked } from "../sqlite/file-lock.ts";
import type { HostNode } from "./leases.ts";

/** Folder in the data folder: hosts of one machine share it. A backup has its states of plugins, and no more. */
const folderName = "nodes";
const lockEnding = ".lock";

/** Folder that these hosts have for what is between them. */
export function nodesFolder(data: string): string {
  return resolve(join(data, folderName));
}

/** File in that folder in which is who has what. */
export function leasesFile(folder: string): string {
  return join(folder, "leases.db");
}

/** Lock that a host has in that folder as long as it lives. */
export function lifeFile(folder: string, id: string): string {
  return join(folder, `${id}${lockEnding}`);
}

/** Hosts that live, the first of them first. None where that can't be read. */
export function nodesOfFolder(data: string): readonly HostNode[] {
  const folder = nodesFolder(data);
  try {
    const living = readdirSync(folder)
      .filter((file) => file.endsWith(lockEnding))
      .map((file) => file.slice(0, -lockEnding.length))
      .filter((id) => isLocked(lifeFile(folder, id)));
    // The file is opened only where others have it open: alone, SQLite would leave files of its own beside it.
    return living.length === 0 ? [] : namedIn(leasesFile(folder)).filter(({ id }) => living.includes(id));
  } catch {
    return [];
  }
}

function namedIn(file: string): HostNode[] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
  try {
    const rows = db.prepare("SELECT id, facts FROM nodes ORDER BY rowid").all();
    return rows.map(({ id, facts }) => ({ id, ...JSON.parse(String(facts)) }) as HostNode);
  } finally {
    db.close();
  }
}
