import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { installTools } from "../../../guest-plugins/toolchain/build-tools.ts";
import { HotcellError } from "../../errors.ts";
import { shownPath } from "../../text/paths.ts";
import { Asc, hasTools } from "../build/asc.ts";
import { type Built, buildPlugin } from "../build/build-plugin.ts";
import { pluginFolder } from "../build/plugin-folder.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { canAsk } from "../questions.ts";
import { givenContract } from "../remote/given-contract.ts";
import { ask } from "../scaffold/prompts.ts";
import { type Choices, choicesOf, scaffold } from "../scaffold/scaffold.ts";
import { templateNames, templates } from "../scaffold/templates.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const list = [...templates].map(([name, { summary }]) => `    ${name.padEnd(11)}${summary}`).join("\n");

const options = {
  template: { type: "string" },
  contract: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  world: { type: "string" },
  package: { type: "string" },
  yes: { type: "boolean", default: false },
  build: { type: "boolean", default: true },
  json: { type: "boolean", default: false },
} as const;

export const newPlugin: Verb = {
  help: `Usage: hotcell new NAME [options]

Makes the folder NAME with a plugin that builds and passes its calls: wit/, assembly/, asconfig.json, calls.json,
README.md, and a package.json where no package around it has hotcell. Builds it at once, if the tools are installed.

  --template T     what to begin with; asked for on a terminal, else function
${list}
  --contract C     begin with all that a contract asks for, instead of a template: its name at a host, discount or discount@2;
                   its URL, http://127.0.0.1:8787/contracts/discount; a folder with WIT, FILE.wit or FILE.wasm
  --world WORLD    the name of its world in WIT      NAME; with a contract of WIT that has several, which one
  --package ID     its WIT package                   example:NAME@0.1.0
  --url URL        the host of a contract by name    HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the
                                                     data folder, else http://127.0.0.1:8787
  --token TOKEN    one that may list its plugins     HOTCELL_TOKEN, else the one in the data folder
  --yes            ask nothing
  --no-build       leave the first build to you
  --json           for programs, which are asked nothing: path, files, what was built, the next lines to type

Example: hotcell new greet --template function
         hotcell new ten-percent --contract discount`,
  options,
  operates: true,

  async run(args) {
    const { values, positionals: line } = parseLine({
      args,
      allowPositionals: true,
      allowNegative: true,
      options,
    });
    const [name] = positionals(line, "NAME");
    const terminal = !values.yes && !values.json && canAsk();
    if (name === undefined && !terminal) throw new UsageError("NAME is missing.");
    if (values.contract !== undefined && values.template !== undefined)
      throw new UsageError("Leave out --template: a contract is what the plugin begins with.");
    const given = {
      folder: name,
      template: values.contract === undefined ? values.template : templateNames[0],
    };
    const { folder, template } = terminal
      ? await ask(given)
      : { folder: name ?? "", template: given.template ?? templateNames[0] };
    const path = resolve(folder);
    const chosen = choicesOf({
      name: basename(path),
      template,
      world: values.world,
      package: values.package,
    });
    const choices =
      values.contract === undefined
        ? chosen
        : { ...chosen, contract: await givenContract(values.contract, values) };
    const files = await scaffold(path, choices);
    await write(path, files);
    const say = values.json ? () => {} : print;
    say(`Made ${shownPath(path)}:`);
    for (const file of files.keys()) say(`  ${join(shownPath(path), file)}`);
    const built = values.build ? await firstBuild(path, values.json) : undefined;
    if (built) say(`Built it: ${built.component.bytes.length.toLocaleString("en")} bytes.`);
    const install = files.has("package.json") ? "npm install" : hasTools(path) ? undefined : installTools;
    const next = nextLines(path, { install, built: built !== undefined });
    if (values.json) printJson({ path, files: [...files.keys()], ...builtFacts(built), next });
    else print(`\nA plugin that ${kindOf(choices)}. Next:\n\n  ${next.join("\n  ")}`);
    return 0;
  },
};

/** Throws `folder-not-empty` before anything is written. */
async function write(path: string, files: ReadonlyMap<string, string>): Promise<void> {
  const present = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw notEmpty(path, error.code === "ENOTDIR" ? "is a file" : `can't be used: ${error.message}`);
  });
  if (present.length > 0) throw notEmpty(path, `is not empty: it has ${present.slice(0, 3).join(", ")}`);
  for (const [file, text] of files) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text, { flag: "wx" });
  }
}

function notEmpty(path: string, what: string): HotcellError {
  return new HotcellError("folder-not-empty", `${shownPath(path)} ${what}.`, {
    subject: shownPath(path),
    remedy: "Choose another name, or an empty folder.",
  });
}

/** Also writes the editor's bindings. Undefined where it could not be built: the tools may have to be installed first. */
async function firstBuild(path: string, captures: boolean): Promise<Built | undefined> {
  if (!hasTools(path)) return undefined;
  const asc = new Asc(path, { captures });
  try {
    return await buildPlugin(asc, pluginFolder(path));
  } finally {
    asc.close();
  }
}

function builtFacts(built: Built | undefined) {
  if (!built) return {};
  const { file, component } = built;
  return { built: { file, size: component.bytes.length, digest: component.digest } };
}

function nextLines(path: string, done: { install: string | undefined; built: boolean }): string[] {
  return [
    `cd ${shownPath(path)}`,
    ...(done.install === undefined ? [] : [done.install]),
    ...(done.built ? [] : ["npx hotcell build"]),
    "npx hotcell test",
    "npx hotcell dev      # while hotcell serve runs",
  ];
}

function kindOf({ template, contract }: Choices): string {
  return contract
    ? `exports what ${contract.id ?? "the contract"} asks for`
    : (templates.get(template)?.summary ?? "");
}
