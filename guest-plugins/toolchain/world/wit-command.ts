import { dirname } from "node:path";
import { shownPath } from "../../../host/text/paths.ts";

/** Command that writes the host's WIT of a package into a plugin's `wit/deps`, as it works in the current folder. */
export function witCommand(witPath: string, id: string, option = ""): string {
  const folder = shownPath(dirname(witPath));
  const place = folder === "." ? "" : ` --in ${/\s/.test(folder) ? JSON.stringify(folder) : folder}`;
  return `npx hotcell wit add ${id}${place}${option && ` ${option}`}`;
}

/** True for a package of those that hosts offer: then there is a command for its WIT. */
export function isHosts(packageName: string): boolean {
  return /^(wasi|hotcell):/.test(packageName);
}
