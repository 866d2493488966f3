import type { Source } from "assemblyscript";
import type { AuthorModule } from "../glue/generate.ts";

/** The file behind an `export *`, parsed; undefined where it is none of the author's. */
export type SourceOf = (internalPath: string) => Source | undefined;

/** The author's entry file as the generated modules speak of it. */
export function authorOf(entry: Source, sourceOf: SourceOf): AuthorModule {
  const names = exportedNames(entry, sourceOf);
  return {
    specifier: `./${entry.simplePath}`,
    namespaces: exportedNamespaces(entry),
    names,
    hasDefault: names.has("default"),
  };
}

/** Names that a file exports. Those of an `export *` are looked for where there is a default, which they come before. */
function exportedNames(file: Source, sourceOf: SourceOf, seen = new Set<string>()): Set<string> {
  seen.add(file.internalPath);
  const names = new Set<string>();
  const statements = file.statements as readonly NamespaceLike[];
  for (const statement of statements) {
    if (statement.name && (statement.flags ?? 0) & exported) names.add(statement.name.text);
    for (const member of statement.members ?? [])
      if (member.exportedName) names.add(member.exportedName.text);
  }
  if (!names.has("default") && seen.size === 1) return names;
  for (const { kind, internalPath, members } of statements) {
    if (kind !== exportStatement || members || !internalPath || seen.has(internalPath)) continue;
    const other = sourceOf(internalPath);
    if (!other) continue;
    for (const name of exportedNames(other, sourceOf, seen)) if (name !== "default") names.add(name);
  }
  return names;
}

// asc's enums are const enums, which only its own build can name: NodeKind.Export, CommonFlags.Export.
const exportStatement = 36;
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
  readonly kind: number;
  /** File that an export is from. */
  readonly internalPath?: string | null;
  readonly name?: { readonly text: string };
  readonly flags?: number;
  readonly members?: readonly { readonly exportedName?: { readonly text: string } }[] | null;
}
