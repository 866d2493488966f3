/** Components that keep files by the standard libraries of their languages. */
import { join } from "node:path";
import { type Build, cReactor, rustReactor } from "../builds.ts";

const source = (name: string) => join(import.meta.dirname, name);
const world = { wit: source("files.wit"), name: "files" };

export const filesBuilds: Readonly<Record<string, Build>> = {
  c: (folder, component) => cReactor(source("files.c"), world, folder, component),
  rust: (folder, component) => rustReactor(source("files.rs"), world, folder, component),
};
