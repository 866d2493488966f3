import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type DoctorFinding, note, ok } from "./finding.ts";

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Packages that are used where somebody has installed them: there, and of the version that Hotcell is tested with. */
export function checkPeers(folder: string = process.cwd()): readonly DoctorFinding[] {
  const own = manifestOf(findPackageJSON(import.meta.url));
  return Object.entries(own?.peerDependencies ?? {}).map(([name, wanted]) => {
    const finding = `package ${name}`;
    const found = installed(name, folder);
    if (found === undefined) return ok(finding, `not installed; ${uses[name] ?? "Hotcell runs without it"}`);
    if (fits(found, wanted)) return ok(finding, found);
    return note(
      finding,
      `${found}; this Hotcell is tested with ${wanted}.`,
      `npm install --save-dev ${name}@${wanted}`,
    );
  });
}

const uses: Readonly<Record<string, string>> = {
  assemblyscript: "only building plugins needs it",
  "@bytecodealliance/jco-transpile": "only building plugins and the engine jco need it",
  "@opentelemetry/api": "only traces need it",
};

/** An exact version, or `^` one: what our own manifest says. */
function fits(version: string, wanted: string): boolean {
  if (!wanted.startsWith("^")) return version === wanted;
  const [major, minor, patch] = version.split(".").map(Number);
  const [least = 0, leastMinor = 0, leastPatch = 0] = wanted.slice(1).split(".").map(Number);
  if (major !== least) return false;
  return minor! > leastMinor || (minor === leastMinor && Number(patch) >= leastPatch);
}

/** Beside what is built here, or beside Hotcell. */
function installed(name: string, folder: string): string | undefined {
  return [pathToFileURL(join(folder, "from.js")).href, import.meta.url]
    .map((from) => manifestOf(find(name, from))?.version)
    .find((version) => version !== undefined);
}

function find(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, from);
  } catch {
    return undefined;
  }
}

function manifestOf(file: string | undefined): Manifest | undefined {
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, "utf8")) as Manifest);
}
