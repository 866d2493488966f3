/** The files of a new plugin. */

import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { HotcellError } from "../../errors.ts";
import type { Checks } from "../../registry/deploy/checks.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import { slashed } from "../../text/paths.ts";
import { printName } from "../../wit/text/print-types.ts";
import { findPackage } from "../build/asc.ts";
import { wantedPackages, witFile } from "../wit/wit-addition.ts";
import { allPackages } from "../wit/wit-package.ts";
import { contractPlugin, type GivenContract } from "./contract-plugin.ts";
import { readme } from "./scaffold-readme.ts";
import { type TemplateFiles, templateNames, templates } from "./templates.ts";

export interface Choices {
  /** Name of the plugin. */
  readonly name: string;
  readonly template: string;
  readonly world: string;
  /** `example:greet@0.1.0` */
  readonly package: string;
  /** Instead of a template. */
  readonly contract?: GivenContract;
}

interface Given {
  readonly name: string;
  readonly template: string;
  readonly world?: string | undefined;
  readonly package?: string | undefined;
}

const kebab = "[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*";
const kebabName = new RegExp(`^${kebab}$`);
const packageId = new RegExp(`^(${kebab}):(${kebab})(@\\d+\\.\\d+\\.\\d+)?$`);

/** Throws `bad-plugin-name` or `build-option` for what WIT or a host would not take. */
export function choicesOf({ name, template, world = name, ...given }: Given): Choices {
  if (!kebabName.test(name) || name.length > 63) {
    const suggestion = name
      .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/(^|-)[0-9-]+/g, "$1")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 63);
    throw new HotcellError("bad-plugin-name", `${JSON.stringify(name)} can't be a plugin's name.`, {
      subject: name,
      expected: "words of a-z and 0-9 that begin with a letter, joined by single -; at most 63 characters",
      remedy: kebabName.test(suggestion)
        ? `For example: hotcell new ${suggestion}`
        : "Choose a name like friendly-time: words of a-z and 0-9, each beginning with a letter.",
    });
  }
  if (!templates.has(template)) {
    const near = nearest(template, templateNames);
    throw wrong("--template", template, templateNames.join(", "), near.slice(0, 1));
  }
  if (!kebabName.test(world)) throw wrong("--world", world, "a WIT name, such as friendly-time");
  const id = given.package ?? `example:${name}@0.1.0`;
  if (!packageId.test(id)) throw wrong("--package", id, "a WIT package, such as example:greet@0.1.0");
  return { name, template, world, package: id };
}

function wrong(option: string, actual: string, expected: string, near: readonly string[] = []): HotcellError {
  return new HotcellError("build-option", `${option} is ${JSON.stringify(actual)}, which won't do.`, {
    subject: option,
    actual,
    expected,
    remedy: didYouMean(near) ?? `Give ${expected}.`,
  });
}

/** Paths in the folder → texts, in the order to show them. A `package.json` only where hotcell is not installed yet. */
export async function scaffold(folder: string, choices: Choices): Promise<ReadonlyMap<string, string>> {
  const { contract } = choices;
  const offers = await allPackages();
  const {
    wit,
    needs = [],
    deps,
    source,
    checks,
    grants,
  } = contract ? contractPlugin(contract, choices, offers) : fromTemplate(choices);
  const nothing = { path: "wit", files: [], mentioned: [] };
  const needed = wantedPackages(needs, nothing, offers).map(witFile);
  const allDeps = [...needed.map(({ path, text }) => [path, text] as const), ...(deps ?? [])];
  const page = { checks, ...(grants && { grants }), ...(contract?.id && { contract: contract.id }) };
  const files = new Map<string, string>([
    ["wit/world.wit", wit],
    ...allDeps.map(([path, text]): [string, string] => [`wit/${path}`, text]),
    ["assembly/index.ts", source],
    ["assembly/tsconfig.json", toJson(tsconfig)],
    ["asconfig.json", toJson({ extends: "hotcell/asconfig.json" })],
    ...checksFiles(checks),
    ["README.md", readme(choices.name, page, pagesFrom(folder))],
    [".gitignore", "node_modules/\nbuild/\n"],
  ]);
  if (installed(folder) === undefined) {
    files.set("package.json", toJson(await manifest(choices.name)));
  }
  return files;
}

function fromTemplate(choices: Choices): TemplateFiles {
  const [, namespace = "", name = "", version = ""] = packageId.exec(choices.package) ?? [];
  return templates.get(choices.template)!.files({
    package: `${printName(namespace)}:${printName(name)}${version}`,
    world: printName(choices.world),
    // In AssemblyScript as in the binary, keywords need no mark.
    interfaceId: (item) => `${namespace}:${name}/${item}${version}`,
  });
}

function checksFiles({ calls, requests, ...rest }: Checks): [string, string][] {
  const files: [string, string][] = [];
  if (calls.length > 0) files.push(["calls.json", toJson({ ...rest, calls })]);
  if (requests) files.push(["requests.json", toJson({ ...rest, requests })]);
  return files;
}

/** The manifest of hotcell as a plugin in `folder` finds it; undefined where it is not installed yet. */
function installed(folder: string): string | undefined {
  return findPackage("hotcell", pathToFileURL(join(folder, "package.json")).href);
}

/** The path from the plugin to hotcell's package: where it is, or will be once it is installed. */
function pagesFrom(folder: string): string {
  const manifest = installed(folder);
  const path = manifest === undefined ? "" : relative(realPathOf(folder), dirname(manifest));
  return path === "" ? "node_modules/hotcell" : slashed(path);
}

/** Real path of a folder that may not be there yet: packages are found by their real paths. */
function realPathOf(folder: string): string {
  if (existsSync(folder)) return realpathSync(folder);
  return dirname(folder) === folder ? folder : join(realPathOf(dirname(folder)), basename(folder));
}

/** Configuration for editors: asc has no use for it. The bindings are what `hotcell build` writes. */
const tsconfig = {
  extends: "assemblyscript/std/assembly.json",
  compilerOptions: {
    noEmit: true,
    skipLibCheck: true,
  },
  include: ["./**/*.ts", "../build/bindings/index.d.ts"],
};

async function manifest(name: string): Promise<unknown> {
  const own = JSON.parse(await readFile(findPackageJSON(import.meta.url)!, "utf8")) as {
    version: string;
    peerDependencies: Record<string, string>;
  };
  const node = nodeOfThisProject();
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { build: "hotcell build", test: "hotcell test", dev: "hotcell dev" },
    devDependencies: { ...own.peerDependencies, hotcell: own.version, ...(node !== undefined && { node }) },
    // Its install script puts the binary there.
    ...(node !== undefined && { allowScripts: { node: true } }),
  };
}

/** Node, where it is a package itself: the system's is too old for hotcell then, or is not there. */
function nodeOfThisProject(): string | undefined {
  return process.execPath.split(sep).includes("node_modules") ? process.versions.node : undefined;
}

/** JSON as formatters leave it, so that a project's own check does not fail on what was written for it. */
function toJson(value: unknown): string {
  return `${onLines(value, "", 0)}\n`;
}

/** Arrays without objects stand on one line where it has room after `before` letters; everything else on lines. */
function onLines(value: unknown, indentation: string, before: number): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isArray = Array.isArray(value);
  const line = isArray ? onOneLine(value) : undefined;
  if (line !== undefined && indentation.length + before + line.length < maxLine) return line;
  const inner = `${indentation}  `;
  const members = Object.entries(value).map(([name, member]) => {
    const key = isArray ? "" : `${JSON.stringify(name)}: `;
    return `${inner}${key}${onLines(member, inner, key.length)}`;
  });
  const [open, close] = isArray ? "[]" : "{}";
  return members.length === 0 ? `${open}${close}` : `${open}\n${members.join(",\n")}\n${indentation}${close}`;
}

/** Undefined where an object with members is in it. */
function onOneLine(value: unknown): string | undefined {
  if (!Array.isArray(value)) {
    const empty = typeof value !== "object" || value === null || Object.keys(value).length === 0;
    return empty ? JSON.stringify(value) : undefined;
  }
  const items = value.map(onOneLine);
  return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
}

/** Letters that formatters let a line have by default. */
const maxLine = 80;
