import { resolve } from "node:path";
import { nearest } from "../../text/nearest.ts";
import { shownPath } from "../../text/paths.ts";
import { parseLine, UsageError } from "../command-line.ts";
import { type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import { exportPackages } from "../remote/wit-export.ts";
import { print, printJson } from "../terminal.ts";
import {
  type AdditionStep,
  carryOut,
  missing,
  planSteps,
  type WantedPackage,
  wantedPackages,
} from "../wit/wit-addition.ts";
import { readWitFolder, type WitFolder } from "../wit/wit-folder.ts";
import { allPackages } from "../wit/wit-package.ts";
import type { Verb } from "./verb.ts";

const options = {
  in: { type: "string", default: "." },
  replace: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const wit: Verb = {
  help: `Usage: hotcell wit add [PACKAGE[@VERSION] ...] [options]
       hotcell wit ls [options]
       hotcell wit export [PACKAGE ...] [options]

add writes each package, and those it refers to, into wit/deps of the plugin in this folder; without a name, whatever the
plugin's WIT mentions and does not have. Without a version it takes the one that the WIT mentions, else that of the other
packages of WASI there, else the newest. What is there already stays as it is.

  --in DIR     the plugin's folder                     this folder
  --replace    put the host's text in the place of another of the same package

export writes what a running host offers into wit/deps: the packages named, or all that are its owner's own.

  --url URL    the host                                HOTCELL_HOST, or the one of this machine
  --token T    a token for it                          HOTCELL_TOKEN, or the one in its data folder

  --json       for programs: { "packages": […] } in each case

ls lists the packages, their versions and interfaces, and what each interface needs to be granted.

Example: hotcell wit add wasi:random wasi:clocks@0.2.3`,
  options,
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [action, ...names] = given;
    if (action === "ls" && names.length === 0) return await list(values.json);
    if (action === "export") {
      const host = remoteHost(values.url, values.token, process.env);
      return await exportInto(host, names, resolve(values.in, "wit/deps"), values.json);
    }
    if (action !== "add") throw wrongAction(action, names);
    const folder = await readWitFolder(resolve(values.in));
    const wanted = wantedPackages(names, folder, await allPackages());
    const steps = planSteps(wanted, folder, values.replace);
    await carryOut(steps);
    if (values.json) {
      printJson({
        packages: steps.map(toldStep),
        missing: names.length === 0 ? unoffered(folder, wanted) : [],
      });
      return 0;
    }
    for (const step of steps) printStep(step);
    if (names.length === 0) {
      const left = unoffered(folder, wanted);
      for (const id of left) print(`left     ${id}, which the host does not offer: see hotcell wit ls`);
      if (steps.length + left.length === 0) print(`${shownPath(folder.path)} has all that it mentions.`);
    }
    const lines = steps.filter(({ asked }) => asked).flatMap(worldLines);
    if (names.length > 0) print(`\nIn the world, what you use of it:\n\n  ${lines.join("\n  ")}`);
    return 0;
  },
};

/** Packages that the folder mentions, has not, and does not get. */
function unoffered(folder: WitFolder, wanted: readonly WantedPackage[]): string[] {
  const written = new Set(wanted.map(({ offered, version }) => `${offered.name}@${version}`));
  return missing(folder).filter((id) => !written.has(id));
}

function toldStep({ kind, path, offered, version, gone, asked }: AdditionStep) {
  const interfaces = offered.interfaces.map(({ name, grant }) => ({ name, ...(grant && { grant }) }));
  return { name: offered.name, version, outcome: kind, path, gone, asked, interfaces };
}

function wrongAction(action: string | undefined, names: readonly string[]): UsageError {
  if (action === undefined) return new UsageError("Say what to do: add, ls or export.");
  if (action === "ls") return new UsageError(`${JSON.stringify(names[0])} is one argument too many.`);
  const [near] = nearest(action, ["add", "ls", "export"]);
  const hint = action.includes(":") ? `hotcell wit add ${action}` : near && `hotcell wit ${near}`;
  return new UsageError(`There is no hotcell wit ${action}.${hint ? ` Did you mean ${hint}?` : ""}`);
}

async function exportInto(
  host: RemoteHost,
  names: readonly string[],
  folder: string,
  json: boolean,
): Promise<number> {
  const written = await exportPackages(host, names, folder);
  if (json) {
    printJson({ packages: written.map(({ wit: _, ...each }) => each) });
    return 0;
  }
  for (const { path, name, version, interfaces } of written) {
    print(`wrote    ${shownPath(path)}: ${name}${version === "" ? "" : `@${version}`}`);
    for (const each of interfaces) print(`  ${each.name}${each.grant ? `  grant: ${each.grant}` : ""}`);
  }
  if (written.length === 0) print(`${host.url} offers nothing but what every host does: see hotcell wit ls`);
  return 0;
}

async function list(json: boolean): Promise<number> {
  if (json) {
    const told = (await allPackages()).map(({ name, newest, versions, interfaces }) => ({
      name,
      newest,
      versions,
      interfaces,
    }));
    printJson({ packages: told });
    return 0;
  }
  for (const { name, newest, versions, interfaces } of await allPackages()) {
    print(`${name}  ${newest}${versions === newest ? "" : `, ${versions}`}`);
    for (const each of interfaces) {
      const needs = each.grant ? `  grant: ${each.grant}` : "";
      print(`  ${each.name}${each.exported ? "  the plugin exports it" : needs}`);
    }
  }
  return 0;
}

const words = { write: "wrote   ", replace: "replaced", there: "there   " };

function printStep({ kind, path, offered, version, gone }: AdditionStep): void {
  const others = gone.filter((file) => file !== path).map((file) => shownPath(file));
  const instead = others.length > 0 ? `, instead of ${others.join(", ")}` : "";
  print(`${words[kind]} ${shownPath(path)}: ${offered.name}@${version}${instead}`);
}

/** Lines for a world: each interface of the package. */
function worldLines({ offered, version }: AdditionStep): string[] {
  const lines = offered.interfaces.map(({ name, grant, exported }) => ({
    line: `${exported ? "export" : "import"} ${offered.name}/${name}@${version};`,
    note: grant ? `  // grant: ${grant}` : "",
  }));
  const width = Math.max(...lines.map(({ line }) => line.length));
  return lines.map(({ line, note }) => (note ? line.padEnd(width) + note : line));
}
