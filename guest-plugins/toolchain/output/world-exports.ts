import type { Program } from "assemblyscript";
import { report } from "../check/added-diagnostics.ts";
import type { Binaryen, BinaryenModule } from "./emitted.ts";

/**
 * Exports of the module under the names that the component's world has for them: `exports` leads from the names that asc
 * gave them. Reports what keeps one from its name; returns whether all have theirs.
 */
export function nameExports(
  program: Program,
  binaryen: Binaryen,
  module: BinaryenModule,
  exports: ReadonlyMap<string, string>,
): boolean {
  for (const [from, to] of exports) {
    const exported = module.getExport(from);
    if (!exported) {
      report(program, `The export ${to} is missing from the module: another transform has removed it.`);
      return false;
    }
    if (module.getExport(to)) {
      report(
        program,
        `The world exports the function ${to}, but a core module exports its ${to} under that name.\n  Name the function differently, or export it in an interface.`,
      );
      return false;
    }
    const { value, kind } = binaryen.getExportInfo(exported);
    module.removeExport(from);
    if (kind === binaryen.ExternalGlobal) module.addGlobalExport(value, to);
    else module.addFunctionExport(value, to);
  }
  return true;
}
