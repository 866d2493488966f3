/** Imports of a compiled module beyond the world: found, and explained with the place and the remedy. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Program, Range, Source } from "assemblyscript";
import { shownPath } from "../../../host/text/paths.ts";
import type { World } from "../../../host/wit/model.ts";
import {
  importOf,
  type LibraryNeed,
  logging,
  monotonicClock,
  randomBytes,
  randomNumber,
  wallClock,
} from "../asc/builtins.ts";
import { syntaxNodes, writtenName } from "../asc/syntax.ts";
import type { Generated } from "../glue/generate.ts";
import { witCommand } from "../world/wit-command.ts";
import { report } from "./added-diagnostics.ts";

type Binaryen = typeof import("assemblyscript/binaryen").default;
type BinaryenModule = InstanceType<Binaryen["Module"]>;

interface Plugin {
  readonly world: World;
  readonly generated: Generated;
  /** Its WIT folder. */
  readonly witPath: string;
}

interface Leftover {
  /** Module name of the core import: `env`, `Date.now`. */
  readonly module: string;
  readonly name: string;
  /** asc's name of the declaration. */
  readonly internal: string;
}

/** A function or global as binaryen describes it: `module` and `base` are set for imports. */
interface Imported {
  readonly name: string;
  readonly module: string | null;
  readonly base: string | null;
}

/** Source text that leads to an import of `env`, and what would answer it. */
interface Known {
  readonly uses: readonly string[];
  readonly needs: readonly LibraryNeed[];
  /** Remedy where there is nothing that the world could import. */
  readonly instead?: string;
}

const consoleNeeds: readonly [string, readonly LibraryNeed[]][] = [
  ...["assert", "log", "debug", "info", "warn", "error"].map(
    (name) => [name, [logging]] as [string, LibraryNeed[]],
  ),
  ...["time", "timeLog", "timeEnd"].map(
    (name) => [name, [logging, monotonicClock]] as [string, LibraryNeed[]],
  ),
];

const known: ReadonlyMap<string, Known> = new Map<string, Known>([
  [
    "seed",
    {
      uses: ["Math.random", "Mathf.random", "NativeMath.random", "NativeMathf.random"],
      needs: [randomNumber],
    },
  ],
  ["Date.now", { uses: ["Date.now", "process.time"], needs: [wallClock] }],
  ["performance.now", { uses: ["performance.now", "process.hrtime"], needs: [monotonicClock] }],
  ["crypto.getRandomValuesN", { uses: ["crypto.getRandomValues"], needs: [randomBytes] }],
  ["trace", { uses: ["trace"], needs: [logging] }],
  ...consoleNeeds.map(([name, needs]): [string, Known] => {
    const written = `console.${name}`;
    return [written, { uses: [written], needs }];
  }),
  [
    "abort",
    {
      uses: ["abort"],
      needs: [],
      instead:
        "Leave out --use abort=…: without it the host learns why a plugin aborts, and needs no import for it.",
    },
  ],
  [
    "process.exit",
    {
      uses: ["process.exit"],
      needs: [],
      instead: "A plugin answers calls and does not exit: return, or throw an error.",
    },
  ],
]);

/** Reports each as an error; returns whether there are any. */
export function reportLeftovers(
  program: Program,
  binaryen: Binaryen,
  module: BinaryenModule,
  plugin: Plugin,
): boolean {
  const leftovers = new Map<string, Leftover>();
  const note = ({ name, module, base }: Imported) => {
    if (module && base && !plugin.generated.imports.includes(module))
      leftovers.set(`${module}.${base}`, { module, name: base, internal: name });
  };
  for (let i = 0; i < module.getNumFunctions(); i++)
    note(binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
  for (let i = 0; i < module.getNumGlobals(); i++) note(binaryen.getGlobalInfo(module.getGlobalByIndex(i)));
  for (const leftover of leftovers.values()) explain(program, leftover, plugin);
  return leftovers.size > 0;
}

function explain(program: Program, { module, name, internal }: Leftover, plugin: Plugin): void {
  if (/^wasi_(snapshot_preview1|unstable)$/.test(module)) {
    report(program, previewText(module, name), declarationOf(program, internal));
    return;
  }
  const explained = module === "env" ? known.get(name) : undefined;
  if (!explained) {
    const text = `The plugin imports ${name} from ${module}, which is not in the world ${plugin.world.name}.`;
    const remedy = "Declare it in the world and import it from there.";
    report(program, `${text}\n  ${remedy}`, declarationOf(program, internal));
    return;
  }
  const use = findUse(program, explained.uses);
  const subject = `${use?.written ?? explained.uses[0]}()`;
  const { needs } = explained;
  const missing = needs.find((need) => importOf(plugin.generated.bindings.modules, need)?.name === undefined);
  const message = missing
    ? `${subject} needs ${lacks(missing, plugin)}`
    : `${subject} is not there.\n  ${explained.instead}`;
  report(program, message, use?.range);
}

function previewText(module: string, name: string): string {
  return [
    `The plugin calls ${name} of ${module}: WASI preview 1, which components don't have.`,
    "Leave out the library that does so (such as as-wasi). AssemblyScript's own console, Date, Math.random,",
    "performance, crypto and process work without it, where the world imports what they need; everything else is",
    "imported in wit/world.wit and by its name there.",
  ].join("\n  ");
}

function lacks(need: LibraryNeed, { world, generated, witPath }: Plugin): string {
  const imported = importOf(generated.bindings.modules, need);
  const packageName = need.interface.slice(0, need.interface.indexOf("/"));
  if (imported) {
    const [, taken = ""] = imported.specifier.split("@");
    const command = witCommand(witPath, `${packageName}${taken && `@${taken}`}`, "--replace");
    return `${need.function}: ${need.type}, which the world's ${imported.specifier} does not have.\n  Take the host's WIT of ${packageName}: ${command}`;
  }
  const files = witFiles(witPath);
  const declared = new RegExp(`^\\s*package\\s+${packageName}(@[^\\s;{]+)?\\s*[;{]`, "m");
  const found = files.map(({ text }) => declared.exec(text)).find((match) => match !== null);
  const home = files.find(({ text }) => new RegExp(`^\\s*world\\s+%?${world.name}\\b`, "m").test(text));
  const version = found ? (found[1] ?? "") : `@${need.version}`;
  const line = `Add to world ${world.name} in ${shownPath(home?.path ?? join(witPath, "world.wit"))}: import ${need.interface}${version};`;
  return [
    `${need.interface}, which the world ${world.name} does not import.`,
    line,
    ...(found
      ? []
      : [
          `and put the WIT of ${packageName} into ${shownPath(join(witPath, "deps"))}: ${witCommand(witPath, packageName + version)}`,
        ]),
  ].join("\n  ");
}

function witFiles(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".wit"))
    .sort()
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), "utf8") }));
}

/** Place where the author declared an import of a kind of his own. */
function declarationOf(program: Program, internal: string): Range | null {
  const element = program.instancesByName.get(internal) ?? program.elementsByName.get(internal);
  const declared = element as { readonly identifierNode?: { readonly range: Range } } | undefined;
  const range = declared?.identifierNode?.range ?? null;
  return range && isAuthors(range.source) ? range : null;
}

/** The first place in the author's sources where one of these is written. */
function findUse(
  program: Program,
  names: readonly string[],
): { readonly written: string; readonly range: Range } | undefined {
  for (const source of program.sources) {
    if (!isAuthors(source)) continue;
    for (const node of syntaxNodes(source.statements)) {
      const written = writtenName(node);
      if (written !== undefined && names.includes(written)) return { written, range: node.range };
    }
  }
  return undefined;
}

function isAuthors(source: Source): boolean {
  return !source.normalizedPath.startsWith("~lib/") && !source.normalizedPath.endsWith(".wit-exports.ts");
}
