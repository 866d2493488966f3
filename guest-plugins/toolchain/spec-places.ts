/**
 * The asc transform of `hotcell test`: tells the functions of "hotcell/spec" where each call of theirs is written, so that
 * a failure names the author's line and not the library's.
 */
import type { CallExpression, Expression, ExpressionStatement, Parser, Range } from "assemblyscript";
import { syntaxNodes, writtenName } from "./asc/syntax.ts";

/** The functions, with the arguments that an author gives them. */
const arity: Readonly<Record<string, number>> = { test: 2, traps: 2, equal: 2 };

export default class SpecPlaces {
  afterParse(parser: Parser): void {
    for (const source of parser.sources) {
      if (!source.normalizedPath.endsWith(".spec.ts")) continue;
      for (const node of syntaxNodes(source.statements)) {
        const name = writtenName(node);
        const call = node as unknown as CallExpression;
        if (name === undefined || !Object.hasOwn(arity, name) || call.args?.length !== arity[name]) continue;
        call.args.push(...place(parser, call.range));
      }
    }
  }
}

/** The arguments file, line and column, as asc's own parser reads them: its node classes are not exported to transforms. */
function place(parser: Parser, range: Range): Expression[] {
  const { source } = range;
  const file = JSON.stringify(source.normalizedPath);
  const Reader = parser.constructor as new (diagnostics: [], sources: []) => Parser;
  const reader = new Reader([], []);
  reader.parseFile(`f(${file}, ${source.lineAt(range.start)}, ${source.columnAt()});`, "place.ts", false);
  const [statement] = reader.sources[0]!.statements;
  const { args } = (statement as ExpressionStatement).expression as CallExpression;
  for (const argument of args) argument.range = range;
  return args;
}
