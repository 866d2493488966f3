/**
 * Records whose constructor takes its arguments in another order than at the last build: what an author wrote still
 * compiles, and means something else. The last build is known by the bindings that it wrote.
 */

interface Field {
  readonly name: string;
  readonly type: string;
}

/** A sentence for each of them. */
export function reorderedRecords(before: string, now: string): string[] {
  const old = constructors(before);
  return [...constructors(now)].flatMap(([name, fields]) => {
    const was = old.get(name);
    return was && meansSomethingElse(was, fields) ? [noteText(name, was, fields)] : [];
  });
}

function constructors(text: string): Map<string, Field[]> {
  const classes = text.matchAll(
    /^export class (\w+) \{\n(?: {2}\w+: .*;\n)* {2}constructor\(\n((?: {4}.*,\n)*) {2}\) \{/gm,
  );
  return new Map(
    Array.from(classes, ([, name, fields]) => [
      name!,
      Array.from(fields!.matchAll(/^ {4}(?:public )?(\w+): (.*?)(?: = .*)?,\n/gm), ([, field, type]) => ({
        name: field!,
        type: type!,
      })),
    ]),
  );
}

/** True where an argument that is still accepted comes to be another field's, which was there before or the old one is still. */
function meansSomethingElse(was: readonly Field[], is: readonly Field[]): boolean {
  const has = (fields: readonly Field[], name: string) => fields.some((field) => field.name === name);
  return was.some((field, i) => {
    const other = is[i];
    if (!other || other.name === field.name || !accepts(other.type, field.type)) return false;
    return has(was, other.name) || has(is, field.name);
  });
}

/** Numbers become one another without a word. */
const numbers = /^(?:[iuf]\d+|bool)$/;

function accepts(type: string, given: string): boolean {
  return type === given || (numbers.test(type) && numbers.test(given)) || type === `${given} | null`;
}

function noteText(name: string, was: readonly Field[], is: readonly Field[]): string {
  const order = (fields: readonly Field[]) => `new ${name}(${fields.map((field) => field.name).join(", ")})`;
  return `The fields of ${name} are in another order than at the last build.\n  Look at each ${order(was)}: it is now ${order(is)}.`;
}
