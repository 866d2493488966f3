/** The parser of WIT packages that the host writes itself: what its interfaces are, as text (WIT.md). */

import type { FunctionType, Interface, Item, Owner, TypeDefinition, ValueType } from "../model.ts";
import { type ParserMark, TypeParser } from "./expression.ts";

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

/**
 * WIT without its comments, and without the gates that say since when something is there and until when (WIT.md, Feature
 * Gates): a parser of ours understands none. Everything else stays at its place.
 */
export function withoutComments(text: string): string {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|@(?:since|deprecated)\s*\([^)]*\)/g, blank);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** An interface on the way from text to items. */
interface InterfaceText {
  readonly begins: ParserMark;
  /** Types that it declares, and where: a name may be used before that. */
  readonly declared: Map<string, ParserMark>;
  readonly items: Item[];
  readonly types: Map<string, TypeDefinition>;
  readonly owner: Owner;
  /** Ends of what was parsed ahead of its turn, by the token that it begins with. */
  readonly ends: Map<ParserMark["token"]["at"], ParserMark>;
  /** Set once it is parsed; it may be so ahead of its turn. */
  end: ParserMark | undefined;
}

const typeWords = ["resource", "type", "record", "variant", "enum", "flags"];

class PackageParser {
  readonly #parser: TypeParser;
  readonly #others: (id: string) => Interface | undefined;
  readonly #interfaces = new Map<string, InterfaceText>();
  /** Names that are being looked up ahead, of interfaces and of types by their interface. */
  readonly #underWay = new Set<string>();
  #at: InterfaceText | undefined;

  constructor(text: string, others: (id: string) => Interface | undefined) {
    const unknown = "No type of this name is declared in its interface, or taken there by use.";
    this.#parser = new TypeParser(text, (name) => this.#named(name), unknown);
    this.#others = others;
  }

  parse(): ReadonlyMap<string, Interface> {
    const parser = this.#parser;
    parser.expect("package");
    const [name, version] = parser.until(";").split("@");
    parser.expect(";");
    const idOf = (short: string) => `${name}/${short}${version === undefined ? "" : `@${version}`}`;
    const begins = parser.mark();
    this.#lookAhead(idOf);
    parser.goTo(begins);
    const seen = new Set<string>();
    while (!parser.at("")) {
      parser.expect("interface");
      const short = parser.name("the name of an interface");
      if (seen.has(short)) parser.fail("another name", `There are two interfaces named ${short}.`);
      seen.add(short);
      parser.goTo(this.#parsed(short).end!);
    }
    return new Map([...this.#interfaces].map(([short, { items }]) => [idOf(short), { items }] as const));
  }

  /** Finds out which interfaces there are, and which types each declares. */
  #lookAhead(idOf: (short: string) => string): void {
    const parser = this.#parser;
    let depth = 0;
    let current: InterfaceText | undefined;
    let begins = true;
    for (;;) {
      const mark = parser.mark();
      const word = parser.take();
      if (word === "") return;
      const { text } = parser.mark().token;
      const short = text.replace("%", "");
      if (depth === 0 && word === "interface" && !this.#interfaces.has(short)) {
        parser.take();
        current = {
          ...{ begins: parser.mark(), declared: new Map(), items: [], types: new Map(), ends: new Map() },
          ...{ owner: { interface: idOf(short), direction: "import" }, end: undefined },
        };
        this.#interfaces.set(short, current);
      } else if (depth === 1 && begins && typeWords.includes(word)) current?.declared.set(short, mark);
      if (word === "{") depth++;
      if (word === "}") depth--;
      begins = depth === 1 && (word === "{" || word === "}" || word === ";");
    }
  }

  /** The interface, parsed ahead where its turn has not come. */
  #parsed(short: string): InterfaceText {
    const parser = this.#parser;
    const found = this.#interfaces.get(short)!;
    if (found.end) return found;
    const before = { at: this.#at, mark: parser.mark() };
    this.#at = found;
    this.#underWay.add(short);
    parser.goTo(found.begins);
    parser.expect("{");
    while (!parser.accept("}")) {
      const end = found.ends.get(parser.mark().token.at);
      if (end) parser.goTo(end);
      else this.#item();
    }
    found.end = parser.mark();
    this.#at = before.at;
    parser.goTo(before.mark);
    return found;
  }

  /** A type of the interface that is being parsed, ahead of its turn where it is declared further on. */
  #named(name: string): TypeDefinition | undefined {
    const { types, declared, ends, owner } = this.#at!;
    const known = types.get(name);
    const ahead = declared.get(name);
    const id = `${owner.interface}#${name}`;
    if (known || !ahead || this.#underWay.has(id)) return known;
    this.#underWay.add(id);
    const before = this.#parser.mark();
    this.#parser.goTo(ahead);
    this.#item();
    ends.set(ahead.token.at, this.#parser.mark());
    this.#parser.goTo(before);
    return types.get(name);
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
    const own = this.#interfaces.has(from) && !this.#underWay.has(from) ? this.#parsed(from) : undefined;
    const items = (own ?? this.#interfaces.get(from) ?? this.#others(from))?.items ?? [];
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
    this.#at!.items.push({ kind: "function", name, type });
  }

  #define(name: string, body: ValueType | { readonly kind: "resource" }): TypeDefinition {
    const definition: TypeDefinition = { name, owner: this.#at!.owner, body };
    this.#at!.types.set(name, definition);
    this.#at!.items.push({ kind: "type", name, definition });
    return definition;
  }
}
