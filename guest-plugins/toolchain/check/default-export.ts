/** The object that an author exports as the default, whose methods answer for functions that the entry file does not export. */
import type { Class, ClassPrototype, Element, File, Global, NewExpression, Program } from "assemblyscript";

// asc's enums are const enums, which only its own build can name.
const classPrototype = 6;
const newExpression = 18;

/** Its class, where `export default app;` names what `const app = new App()` made or a type is written to; else undefined. */
export function classOfDefault(program: Program, file: File): Class | undefined {
  const element = file.lookupExport("default") as Global | null;
  const { resolver } = program;
  const initializer = element?.initializerNode;
  if (element?.typeNode)
    return resolver.resolveType(element.typeNode, null, element.parent)?.getClass() ?? undefined;
  if (initializer?.kind !== newExpression) return undefined;
  const { typeName } = initializer as NewExpression;
  const found: Element | null = resolver.resolveTypeName(typeName, null, element!.parent);
  if (found?.kind !== classPrototype) return undefined;
  return resolver.resolveClass(found as ClassPrototype, null) ?? undefined;
}
