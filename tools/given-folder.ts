/** Folder that a tool is told to read. */

import { statSync } from "node:fs";

/** Ends the process with a sentence and 2 where there is no such folder. */
export function requireFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  console.error(found ? `${folder} is no folder.` : `There is no folder ${folder}.`);
  process.exit(2);
}
