/** The parser of function types written inline, for `symbol.as("func(p: record { x: f32 }) -> string")`. */

import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import {
  type Case,
  type FunctionType,
  type NamedValue,
  primitiveKinds,
  rootDefinition,
  type TypeDefinition,
  type ValueType,
} from "../model.ts";
import { isLabel } from "../wit-names.ts";

const maxLength = pluginBounds.expression.value;
/** Depth of a type: as deep as any that the decoder lets in needs to be, and shallow for the stack. */
const maxDepth = pluginBounds.expressionDepth.value;

/**
 * Parses `func(name: T, …) -> R` with the syntax of WIT (WIT.md, Types), and with records, variants, enums and flags
 * written where they are used. Parameter names may be left out; such parameters are called `p1`, `p2`, …. `resources` are
 * those that may be referred to by name.
 * Throws HotcellError `bad-type-expression` naming the position and what was expected.
 */
export function parseFunctionType(text: string, resources: readonly TypeDefinition[] = []): FunctionType {
  if (text.length > maxLength) {
    throw new HotcellError(
      "bad-type-expression",
      `The type expression is longer than ${maxLength} characters.`,
      {
        limit: maxLength,
        actual: text.length,
        remedy: "Write what the function needs; String(symbol) gives it.",
      },
    );
  }
  const parser = new TypeParser(text, (name) => resources.find((resource) => resource.name === name));
  const type = parser.functionType();
  if (!parser.at("")) parser.fail(type.result ? "the end" : "-> or the end");
  return type;
}

interface Token {
  /** A symbol or a word (an identifier, a keyword, a number) as written; empty at the end. */
  readonly text: string;
  readonly at: number;
}

const tokens = /\s*(->|[(){}<>,:;./@=]|%?\w[\w-]*|$)/y;

/** Place in a text, up to which it has been parsed. */
export interface ParserMark {
  readonly token: Token;
  readonly end: number;
}

/**
 * Parses types one after the other; `named` knows the definitions that may be referred to by name, and `unknown` is advice for
 * a name that it does not know.
 */
export class TypeParser {
  readonly #text: string;
  readonly #named: (name: string) => TypeDefinition | undefined;
  readonly #unknown: string;
  #token: Token;
  #end = 0;
  #depth = 0;

  constructor(text: string, named: (name: string) => TypeDefinition | undefined, unknown = unknownName) {
    this.#text = text;
    this.#named = named;
    this.#unknown = unknown;
    this.#token = this.#scan();
  }

  functionType(): FunctionType {
    if (this.at("async")) this.fail("func", "Async functions are not supported.");
    this.expect("func");
    const parameters = this.parameters();
    const result = this.accept("->") ? this.type() : undefined;
    return { parameters, ...(result && { result }) };
  }

  parameters(): NamedValue[] {
    this.expect("(");
    const parameters: NamedValue[] = [];
    this.#items(")", () => parameters.push(this.#parameter(parameters.length + 1)));
    requireDistinct(
      parameters.map(({ name }) => name),
      (name) => this.fail("distinct parameter names", `There are two named ${name}.`),
    );
    return parameters;
  }

  #parameter(number: number): NamedValue {
    // A name is known by the colon behind it; many a name is also the name of a type.
    const start = this.mark();
    if (isIdentifier(start.token.text)) {
      this.#next();
      if (this.accept(":")) return { name: start.token.text.replace("%", ""), type: this.type() };
      this.goTo(start);
    }
    return { name: `p${number}`, type: this.type() };
  }

  type(): ValueType {
    if (++this.#depth > maxDepth) this.fail("a type", `Types may nest ${maxDepth} deep.`);
    const type = this.#undepthedType();
    this.#depth--;
    return type;
  }

  #undepthedType(): ValueType {
    const { text } = this.#token;
    const primitive = primitiveKinds.find((kind) => kind === text);
    if (primitive) {
      this.#next();
      return { kind: primitive };
    }
    switch (text) {
      case "list":
        return this.#list();
      case "tuple":
        this.#next();
        return { kind: "tuple", elements: this.#angled() };
      case "option": {
        this.#next();
        this.expect("<");
        const some = this.type();
        this.expect(">");
        return { kind: "option", some };
      }
      case "result":
        return this.#result();
      case "record":
      case "variant":
      case "enum":
      case "flags":
        this.#next();
        return this.#braced(text);
      case "own":
      case "borrow":
        return this.#handle(text) ?? this.fail("a type", this.#adviceOn(text));
      default:
        return this.#reference(text) ?? this.fail("a type", this.#adviceOn(text));
    }
  }

  /** `record name { … }`, `variant name { … }` and their like. */
  namedType(): readonly [name: string, type: ValueType] {
    const { text } = this.#token;
    this.#next();
    const name = this.name("the name of a type");
    return [name, this.#braced(text)];
  }

  #braced(kind: string): ValueType {
    switch (kind) {
      case "record":
        return {
          kind,
          fields: this.#members("field", (name) => {
            this.expect(":");
            return { name, type: this.type() };
          }),
        };
      case "variant":
        return { kind, cases: this.#members("case", (name) => this.#case(name)) };
      case "enum":
      case "flags":
        return {
          kind,
          names: this.#members(kind === "enum" ? "case" : "flag", (name) => ({ name })).map(
            ({ name }) => name,
          ),
        };
      default:
        return this.fail("record, variant, enum or flags");
    }
  }

  #reference(text: string): ValueType | undefined {
    const target = isIdentifier(text) ? this.#named(text.replace("%", "")) : undefined;
    if (!target) return undefined;
    this.#next();
    // A resource's name alone means a handle that owns it (WIT.md, Handles).
    return isResource(target) ? { kind: "own", resource: target } : { kind: "ref", target };
  }

  /** `own<r>` or `borrow<r>`. */
  #handle(kind: "own" | "borrow"): ValueType | undefined {
    const before = this.mark();
    this.#next();
    const name = this.accept("<") ? this.#token.text : "";
    const resource = this.#named(name.replace("%", ""));
    if (!resource || !isResource(resource)) {
      this.goTo(before);
      return undefined;
    }
    this.#next();
    this.expect(">");
    return { kind, resource };
  }

  #list(): ValueType {
    this.#next();
    this.expect("<");
    const element = this.type();
    let length: number | undefined;
    if (this.accept(",") && !this.at(">")) {
      length = Number(this.#token.text);
      if (!/^[1-9]\d{0,9}$/.test(this.#token.text) || length > 0xffff_ffff) {
        this.fail("a length from 1 to 4294967295");
      }
      this.#next();
      this.accept(",");
    }
    this.expect(">");
    return { kind: "list", element, ...(length !== undefined && { length }) };
  }

  #result(): ValueType {
    this.#next();
    if (!this.accept("<")) return { kind: "result" };
    const ok = this.accept("_") ? undefined : this.type();
    let err: ValueType | undefined;
    if (ok ? this.accept(",") && !this.at(">") : this.expect(",")) {
      err = this.type();
      this.accept(",");
    }
    this.expect(">");
    return { kind: "result", ...(ok && { ok }), ...(err && { err }) };
  }

  #case(name: string): Case {
    if (!this.accept("(")) return { name };
    const type = this.type();
    this.expect(")");
    return { name, type };
  }

  /** `<T, U>`, at least one. */
  #angled(): ValueType[] {
    const types: ValueType[] = [];
    this.expect("<");
    this.#items(">", () => types.push(this.type()));
    if (types.length === 0) this.fail("at least one type");
    return types;
  }

  /** `{ a…, b… }`, at least one, names distinct. */
  #members<T extends { readonly name: string }>(what: string, parse: (name: string) => T): T[] {
    const members: T[] = [];
    this.expect("{");
    this.#items("}", () => members.push(parse(this.name(`the name of a ${what}`))));
    if (members.length === 0) this.fail(`at least one ${what}`);
    requireDistinct(
      members.map(({ name }) => name),
      (name) => this.fail(`distinct ${what} names`, `There are two named ${name}.`),
    );
    return members;
  }

  /** Items between commas, up to and including `close`; a comma may trail. */
  #items(close: string, item: () => void): void {
    while (!this.accept(close)) {
      item();
      if (!this.accept(",")) {
        if (!this.accept(close)) this.fail(`"," or "${close}"`);
        return;
      }
    }
  }

  /** An identifier. */
  name(what: string): string {
    const { text } = this.#token;
    if (!isIdentifier(text)) this.fail(what);
    this.#next();
    return text.replace("%", "");
  }

  /** Whatever stands up to one of `ends`. */
  until(...ends: readonly string[]): string {
    let text = "";
    for (; !this.at("") && !ends.includes(this.#token.text); this.#next()) text += this.#token.text;
    return text;
  }

  at(text: string): boolean {
    return this.#token.text === text;
  }

  accept(text: string): boolean {
    if (!this.at(text)) return false;
    this.#next();
    return true;
  }

  expect(text: string): true {
    return this.accept(text) || this.fail(`"${text}"`);
  }

  mark(): ParserMark {
    return { token: this.#token, end: this.#end };
  }

  /** Goes on from there. */
  goTo({ token, end }: ParserMark): void {
    this.#token = token;
    this.#end = end;
  }

  /** Takes whatever comes next, and gives it; empty at the end, or where no token of WIT's is. */
  take(): string {
    const { text, at } = this.#token;
    this.#next();
    return this.#token.at === at ? "" : text;
  }

  #adviceOn(word: string): string | undefined {
    if (this.#unknown === unknownName && /^(?:own|borrow|resource)$/.test(word))
      return "Resources are those that the function's own type names: look at String(symbol).";
    return adviceOn(word) ?? (isIdentifier(word) ? this.#unknown : undefined);
  }

  #next(): void {
    this.#token = this.#scan();
  }

  #scan(): Token {
    tokens.lastIndex = this.#end;
    const match = tokens.exec(this.#text);
    if (!match) {
      const at = this.#end + (/\S/.exec(this.#text.slice(this.#end))?.index ?? 0);
      const character = String.fromCodePoint(this.#text.codePointAt(at) ?? 0);
      return { text: character, at };
    }
    this.#end = tokens.lastIndex;
    const text = match[1] ?? "";
    return { text, at: this.#end - text.length };
  }

  fail(expected: string, remedy?: string): never {
    const { text, at } = this.#token;
    const found = text === "" ? "the end" : JSON.stringify(beginning(text, 40));
    throw new HotcellError(
      "bad-type-expression",
      `Expected ${expected} at position ${at}, found ${found}.${remedy ? ` ${remedy}` : ""}`,
      {
        subject: beginning(this.#text, 200),
        expected,
        actual: found,
        offset: at,
        remedy:
          remedy ??
          'Write it as WIT does, such as "func(name: string) -> option<u32>"; String(symbol) prints a function\'s type.',
      },
    );
  }
}

function isResource(definition: TypeDefinition): boolean {
  return rootDefinition(definition).body.kind === "resource";
}

function requireDistinct(names: readonly string[], fail: (name: string) => never): void {
  const seen = new Set<string>();
  for (const name of names) {
    // WIT's names are distinct whatever their case.
    const folded = name.toLowerCase();
    if (seen.has(folded)) fail(name);
    seen.add(folded);
  }
}

const unknownName =
  "Named types can't be referred to here, but resources that the function has: write the type itself.";

function adviceOn(word: string): string | undefined {
  if (/^(?:stream|future|error-context)$/.test(word)) return "Async types are not supported.";
  if (word === "float32" || word === "float64") return `It is f${word.slice(5)} in WIT.`;
  if (/^(?:int|number|float|boolean|char|str|String)$/.test(word))
    return `Primitives are ${primitiveKinds.join(", ")}.`;
  return undefined;
}

/** A label, perhaps escaped. */
function isIdentifier(word: string): boolean {
  return isLabel(word.startsWith("%") ? word.slice(1) : word);
}
