/** Help with what asc itself reports: names of the world that were not imported, or are not there. */
import type { DiagnosticMessage, Program } from "assemblyscript";
import { didYouMean, nearest } from "../../../host/text/nearest.ts";
import type { Generated } from "../glue/generate.ts";
import { glueModule } from "../glue/generate.ts";
import { typesModule } from "../world/bindings.ts";
import { memberHint } from "./member-hints.ts";

// Of asc's const enum DiagnosticCode.
const onlyTheseBecomeExports = 235;
const cannotFindName = 2304;
const noExportedMember = 2305;

/** Names and modules are as the author writes them; what asc says because of our own doings is left out. */
export function explainDiagnostics(program: Program, generated: () => Generated | undefined): void {
  const { diagnostics } = program;
  const push = diagnostics.push.bind(diagnostics);
  diagnostics.push = (...added) => {
    const known = generated();
    // Where exports are wrong the author's file is compiled as a core module's, which it is not.
    if (!known) return push(...added);
    for (const message of added) {
      if (message.code === onlyTheseBecomeExports) continue;
      explain(message, known, program);
      if (!diagnostics.some((other) => isSame(other, message))) push(message);
    }
    return diagnostics.length;
  };
}

/** asc itself looks for what it has said already, but by its own words. */
function isSame(a: DiagnosticMessage, b: DiagnosticMessage): boolean {
  const places = [a.range, b.range].map((range) => range && `${range.source.normalizedPath}:${range.start}`);
  return a.code === b.code && a.message === b.message && a.range !== null && places[0] === places[1];
}

function explain(diagnostic: DiagnosticMessage, generated: Generated, program: Program): void {
  const { code, message } = diagnostic;
  const hint = memberHint(diagnostic, program);
  if (hint !== undefined) {
    diagnostic.message = hint;
    diagnostic.relatedRange = null;
    return;
  }
  if (code === cannotFindName) {
    const name = /'(.*)'/.exec(message)?.[1] ?? "";
    const sources = exportsOf(generated).filter(({ names }) => names.includes(name));
    const imports = sources.map(({ specifier }) => `import { ${name} } from "${specifier}";`);
    if (imports.length) diagnostic.message = `${message}\n  Add: ${imports.join("\n  or:  ")}`;
  } else if (code === noExportedMember) {
    const [, module, name = ""] = /'~lib\/(.*)' has no exported member '(.*)'/.exec(message) ?? [];
    const source = exportsOf(generated).find(({ specifier }) => specifier === module);
    if (!source) return;
    const has = didYouMean(nearest(name, source.names)) ?? `It has: ${source.names.join(", ")}`;
    diagnostic.message = `"${module}" has no ${name}.\n  ${has}`;
  }
}

function exportsOf({ modules }: Generated): { specifier: string; names: string[] }[] {
  return modules
    .filter(({ specifier }) => specifier !== glueModule)
    .map(({ specifier, text }) => ({
      specifier,
      names: [
        ...Array.from(
          text.matchAll(/^(?:@final )?export (?:abstract )?(?:class|enum|function|type) (\w+)/gm),
          ([, name]) => name!,
        ),
        ...Array.from(text.matchAll(/^export \{ \w+ as (\w+) \}/gm), ([, name]) => name!),
      ].filter((name) => specifier !== typesModule || !/^Tuple\d/.test(name) || name < "Tuple9"),
    }));
}

/** Message for an import of a module that the world does not have. */
export function missingModuleText(specifier: string, world: string, { modules }: Generated): string {
  const known = modules.map((module) => module.specifier).filter((name) => name !== glueModule);
  const path = specifier.replace(/@.*/, "");
  const other = known.find((name) => name.replace(/@.*/, "") === path);
  const fix = other
    ? `Import from "${other}".`
    : specifier.includes("/") && !/^(wit-|export:)/.test(specifier)
      ? `Add to the world: import ${specifier};`
      : undefined;
  return [
    `"${specifier}" is not in the world ${world}.`,
    `It has: ${known.join(", ")}`,
    ...(fix ? [fix] : []),
  ].join("\n  ");
}
