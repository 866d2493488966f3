/** WIT of what a running host offers, an embedder's own capabilities included, written into a folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { standardTable } from "../../capabilities/capability-table.ts";
import { HotcellError } from "../../errors.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import { ask, type RemoteHost } from "./remote-host.ts";

const label = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*";

/** Names become paths: a host says what it likes. */
const answerSchema = v.object({
  packages: v.array(
    v.object({
      name: v.pipe(v.string(), v.regex(new RegExp(`^${label}:${label}$`))),
      version: v.string(),
      interfaces: v.array(v.object({ name: v.string(), grant: v.optional(v.string()) })),
      wit: v.string(),
    }),
  ),
});

type ExportedPackage = v.InferOutput<typeof answerSchema>["packages"][number];

/** A package that was written, and where. */
export interface WrittenPackage extends ExportedPackage {
  readonly path: string;
}

/**
 * Writes the packages of these names into the folder, one folder each; without names those that are no part of every host.
 * Throws the host's own errors, `no-host`, and `build-option` for a package that it does not offer.
 */
export async function exportPackages(
  host: RemoteHost,
  names: readonly string[],
  folder: string,
): Promise<WrittenPackage[]> {
  const packages = await packagesOf(host);
  const wanted =
    names.length > 0
      ? names.map((name) => packages.find((each) => each.name === name) ?? unknown(name, packages))
      : packages.filter(({ name }) => !Object.hasOwn(standardTable.packages, name));
  const written: WrittenPackage[] = [];
  for (const each of wanted) {
    const path = join(folder, each.name.replace(":", "-"), "package.wit");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, each.wit);
    written.push({ ...each, path });
  }
  return written;
}

async function packagesOf(host: RemoteHost): Promise<readonly ExportedPackage[]> {
  const result = v.safeParse(answerSchema, await ask(host, "GET", "/wit"));
  if (result.success) return result.output.packages;
  throw new HotcellError("no-host", `What ${host.url} answers with is no list of WIT packages.`, {
    subject: host.url,
    remedy: "Name a host of this version of Hotcell with --url.",
  });
}

function unknown(name: string, packages: readonly ExportedPackage[]): never {
  const names = packages.map((each) => each.name);
  const near = nearest(name, names);
  throw new HotcellError("build-option", `The host offers no package ${JSON.stringify(name)}.`, {
    subject: name,
    expected: names.join(", "),
    remedy: didYouMean(near) ?? `It offers: ${names.join(", ")}.`,
  });
}
