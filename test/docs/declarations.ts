import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Declaration at the top level of a `.d.ts` file. */
interface Declared {
  readonly name: string;
  readonly file: string;
  /** Without comments and texts. */
  readonly text: string;
}

interface DeclarationFile {
  readonly declared: ReadonlyMap<string, Declared>;
  /** Names that it imports or re-exports from files beside it: where from, and what they are called there. */
  readonly imported: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
  /** Names of its exports, and of those that it gives as types alone. */
  readonly exported: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

/** Reader of the declarations that a build makes, each file once. */
class Declarations {
  readonly #files = new Map<string, DeclarationFile>();

  exportsOf(file: string): Declared[] {
    return [...this.#read(file).exported].map((name) => this.#find(file, name)!);
  }

  /** Exports of a file that nobody can construct. */
  typesOf(file: string): Declared[] {
    return [...this.#read(file).types].map((name) => this.#find(file, name)!);
  }

  /** Types that a declaration names, but those of other packages and its own parameters. */
  namedBy({ file, text }: Declared): Declared[] {
    const names = new Set([...text.matchAll(/(?<!typeof )\b[A-Z]\w*/g)].map(([name]) => name));
    return [...names].flatMap((name) => this.#find(file, name) ?? []);
  }

  #find(file: string, name: string): Declared | undefined {
    const { declared, imported } = this.#read(file);
    const from = imported.get(name);
    return from ? this.#find(from.file, from.name) : declared.get(name);
  }

  #read(file: string): DeclarationFile {
    const known = this.#files.get(file);
    if (known) return known;
    const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const read = { declared: declaredIn(file, text), ...namesIn(file, text) };
    for (const name of read.declared.keys()) if (exports(text, name)) read.exported.add(name);
    this.#files.set(file, read);
    return read;
  }
}

const heads = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|enum) (\w+)/gm;

function declaredIn(file: string, text: string): Map<string, Declared> {
  const found = [...text.matchAll(heads)];
  return new Map(
    found.map(({ 1: name = "", index }, i) => [
      name,
      { name, file, text: text.slice(index, found[i + 1]?.index).replace(/"[^"]*"/g, '""') },
    ]),
  );
}

function exports(text: string, name: string): boolean {
  return new RegExp(`^export (?:declare )?(?:abstract )?\\w+ ${name}\\b`, "m").test(text);
}

function namesIn(
  file: string,
  text: string,
): Pick<DeclarationFile, "imported" | "types"> & { exported: Set<string> } {
  const imported = new Map<string, { file: string; name: string }>();
  const exported = new Set<string>();
  const types = new Set<string>();
  for (const [, kind, type, names = "", from = ""] of text.matchAll(
    /^(import|export) (type )?\{([^}]*)\} from "(\.[^"]+)"/gm,
  ))
    for (const each of names.split(",")) {
      const [name = "", as = name] = each
        .trim()
        .replace(/^type /, "")
        .split(" as ");
      if (name === "") continue;
      imported.set(as, { file: resolve(dirname(file), from.replace(/\.ts$/, ".d.ts")), name });
      if (kind === "export") exported.add(as);
      if (kind === "export" && type) types.add(as);
    }
  return { imported, exported, types };
}

/** Names of types that one can come to from what the files export, and that none of them exports. */
export function unnameable(folder: string, files: readonly string[]): string[] {
  const declarations = new Declarations();
  const exported = new Set(files.flatMap((file) => declarations.exportsOf(join(folder, file))));
  const types = new Set(files.flatMap((file) => declarations.typesOf(join(folder, file))));
  const missing = new Set<string>();
  for (const each of exported)
    for (const named of declarations.namedBy(types.has(each) ? withoutConstructor(each) : each))
      if (!exported.has(named)) missing.add(`${named.name}, named by ${each.name}`);
  return [...missing].toSorted();
}

/** Declaration of a class that is given as a type alone: what its constructor takes is its makers' business. */
function withoutConstructor(declared: Declared): Declared {
  return { ...declared, text: declared.text.replace(/^ *constructor\([\s\S]*?\);$/gm, "") };
}
