/** The parser of WIT packages that the host writes itself: what its interfaces are, as text (WIT.md). */

import type { FunctionType, Interface, Item, Owner, TypeDefinition, ValueType } from "../model.ts";
import { TypeParser } from "./expression.ts";

/**
 * The interfaces of `package ns:name@version; interface … { … }` by full id, as a component imports them. Comments,
 * attributes and worlds are not understood. What `use` takes from other packages is looked up in `others`, by the id
 * without version. Throws HotcellError `bad-type-expression`.
 */
export function parsePackage(
  text: string,
  others: (id: string) => Interface | undefined,
): ReadonlyMap<string, Interface> {
  return new PackageParser(text, others).parse();
}

/** WIT without its comments: a parser of ours understands none. */
export function withoutComments(text: string): string {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, " ");
}

class PackageParser {
  readonly #parser: TypeParser;
  readonly #others: (id: string) => Interface | undefined;
  readonly #interfaces = new Map<string, Item[]>();
  #types = new Map<string, TypeDefinition>();
  #items: Item[] = [];
  #owner: Owner = { direction: "import" };

  constructor(text: string, others: (id: string) => Interface | undefined) {
    this.#parser = new TypeParser(text, (name) => this.#types.get(name));
    this.#others = others;
  }

  parse(): ReadonlyMap<string, Interface> {
    const parser = this.#parser;
    parser.expect("package");
    const [name, version] = parser.until(";").split("@");
    parser.expect(";");
    while (!parser.at("")) {
      parser.expect("interface");
      const short = parser.name("the name of an interface");
      const id = `${name}/${short}@${version}`;
      this.#types = new Map();
      this.#items = [];
      this.#owner = { interface: id, direction: "import" };
      this.#interfaces.set(short, this.#items);
      parser.expect("{");
      while (!parser.accept("}")) this.#item();
    }
    return new Map(
      [...this.#interfaces].map(([short, items]) => [`${name}/${short}@${version}`, { items }] as const),
    );
  }

  #item(): void {
    const parser = this.#parser;
    if (parser.accept("use")) {
      this.#use();
    } else if (parser.accept("resource")) {
      this.#resource();
    } else if (parser.accept("type")) {
      const name = parser.name("the name of a type");
      parser.expect("=");
      this.#define(name, parser.type());
      parser.expect(";");
    } else if (["record", "variant", "enum", "flags"].some((kind) => parser.at(kind))) {
      this.#define(...parser.namedType());
    } else {
      const name = parser.name("an item of an interface");
      parser.expect(":");
      this.#function(name, parser.functionType());
    }
  }

  #use(): void {
    const parser = this.#parser;
    const from = parser.until("{").replace(/(?:@.*)?\.$/, "");
    const items = this.#interfaces.get(from) ?? this.#others(from)?.items ?? [];
    parser.expect("{");
    do {
      const name = parser.name("the name of a type");
      const target = items.find((item) => item.kind === "type" && item.name === name);
      if (target?.kind !== "type") throw parser.fail(`a type of ${from}`);
      const as = parser.accept("as") ? parser.name("a name") : name;
      this.#define(as, { kind: "ref", target: target.definition });
    } while (parser.accept(",") && !parser.at("}"));
    parser.expect("}");
    parser.expect(";");
  }

  #resource(): void {
    const parser = this.#parser;
    const name = parser.name("the name of a resource");
    const resource = this.#define(name, { kind: "resource" });
    if (parser.accept(";")) return;
    parser.expect("{");
    while (!parser.accept("}")) {
      if (parser.accept("constructor")) {
        const parameters = parser.parameters();
        this.#function(`[constructor]${name}`, { parameters, result: { kind: "own", resource } });
        continue;
      }
      const member = parser.name("a function of the resource");
      parser.expect(":");
      if (parser.accept("static")) {
        this.#function(`[static]${name}.${member}`, parser.functionType());
        continue;
      }
      const { parameters, ...rest } = parser.functionType();
      const self = { name: "self", type: { kind: "borrow", resource } as const };
      this.#function(`[method]${name}.${member}`, { parameters: [self, ...parameters], ...rest });
    }
  }

  #function(name: string, type: FunctionType): void {
    this.#parser.expect(";");
    this.#items.push({ kind: "function", name, type });
  }

  #define(name: string, body: ValueType | { readonly kind: "resource" }): TypeDefinition {
    const definition: TypeDefinition = { name, owner: this.#owner, body };
    this.#types.set(name, definition);
    this.#items.push({ kind: "type", name, definition });
    return definition;
  }
}
