import type { Source } from "assemblyscript";
import type { AuthorModule } from "../glue/generate.ts";

/** The author's entry file as the generated modules speak of it. */
export function authorOf(entry: Source): AuthorModule {
  const names = exportedNames(entry);
  return {
    specifier: `./${entry.simplePath}`,
    namespaces: exportedNamespaces(entry),
    names,
    hasDefault: names.has("default"),
  };
}

/** Names that the entry itself says it exports: not those of an `export *`. */
function exportedNames(entry: Source): Set<string> {
  const names = new Set<string>();
  for (const statement of entry.statements as readonly NamespaceLike[]) {
    if (statement.name && (statement.flags ?? 0) & exported) names.add(statement.name.text);
    for (const member of statement.members ?? [])
      if (member.exportedName) names.add(member.exportedName.text);
  }
  return names;
}

// CommonFlags.Export
const exported = 2;

function exportedNamespaces(entry: Source): Set<string> {
  const names = new Set<string>();
  for (const statement of entry.statements as readonly NamespaceLike[]) {
    if (statement.members && statement.name && (statement.flags ?? 0) & exported)
      names.add(statement.name.text);
    for (const member of statement.members ?? [])
      if (member.exportedName) names.add(member.exportedName.text);
  }
  return names;
}

/** Parts that tell namespaces (and export lists) among asc's statements. */
interface NamespaceLike {
  readonly name?: { readonly text: string };
  readonly flags?: number;
  readonly members?: readonly { readonly exportedName?: { readonly text: string } }[] | null;
}
