/** Programs and libraries that tests are run with and that are in packages of their own, in tools/. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const tools = new URL("../../../../tools/", import.meta.url);

/** Package in a folder of tools/, with what is installed there. */
export interface ToolPackage {
  /** False where `npm ci --prefix tools/NAME` has not been run; in CI its tests fail then, elsewhere they are skipped. */
  readonly isSkipped: boolean;
  /** Path of an installed file. */
  path(file: string): string;
  /** Module that is installed, by its file. */
  load<T>(file: string): Promise<T>;
}

export function toolPackage(name: string): ToolPackage {
  const modules = new URL(`${name}/node_modules/`, tools);
  const url = (file: string) => new URL(file, modules);
  return {
    isSkipped: !existsSync(modules) && !process.env.CI,
    path: (file) => fileURLToPath(url(file)),
    load: (file) => import(url(file).href),
  };
}
