import { wantedPackages, witFile } from "../../host/cli/wit/wit-addition.ts";
import { allPackages } from "../../host/cli/wit/wit-package.ts";

/** Files of a plugin's `wit/deps` as `hotcell wit add` writes them: path in the plugin → text. */
export async function witDeps(...wanted: string[]): Promise<Record<string, string>> {
  const nothing = { path: "wit", files: [], mentioned: [] };
  const files = wantedPackages(wanted, nothing, await allPackages()).map(witFile);
  return Object.fromEntries(files.map(({ path, text }) => [`wit/${path}`, text]));
}
