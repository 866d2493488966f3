import type { DiagnosticMessage, Program, Range } from "assemblyscript";

// asc's enums are const enums, which only its own build can name.
const userDefined = 102;
export const warningCategory = 2;
const errorCategory = 3;

/** Adds an error to what asc reports, at a place in a source where there is one. */
export function report(
  program: Program,
  message: string,
  range: Range | null = null,
  category = errorCategory,
): void {
  program.emitDiagnostic(userDefined, category, range, null, "");
  const added: DiagnosticMessage | undefined = program.diagnostics.at(-1);
  if (added) added.message = message;
}
