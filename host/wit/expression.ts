/** The parser of function types written inline, for `symbol.as("func(p: record { x: f32 }) -> string")`. */
import { HotcellError } from "../errors.ts";
import { type Case, type FunctionType, type NamedValue, primitiveKinds, type ValueType } from "./types.ts";

const maxLength = 20_000;
/** As deep as any type that the decoder lets in needs to be, and shallow for the stack. */
const maxDepth = 100;

/**
 * Parses `func(name: T, …) -> R` with the syntax of WIT (WIT.md, Types), and with records, variants, enums and flags
 * written where they are used. Parameter names may be left out; such parameters are called `p1`, `p2`, ….
 * Throws HotcellError `bad-type-expression` naming the position and what was expected.
 */
export function parseFunctionType(text: string): FunctionType {
  if (text.length > maxLength) {
    throw new HotcellError(
      "bad-type-expression",
      `The type expression is longer than ${maxLength} characters.`,
      {
        limit: maxLength,
        actual: text.length,
      },
    );
  }
  return new Parser(text).functionType();
}

interface Token {
  /** A symbol or a word (an identifier, a keyword, a number) as written; empty at the end. */
  readonly text: string;
  readonly at: number;
}

/** WIT's identifiers (Explainer.md, `label`), perhaps escaped. */
const identifier = /^%?(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9a-z]+|[0-9A-Z]+))*$/;
const tokens = /\s*(->|[(){}<>,:]|%?\w[\w-]*|$)/y;

class Parser {
  readonly #text: string;
  #token: Token;
  #end = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#scan();
  }

  functionType(): FunctionType {
    if (this.#at("async")) this.#fail("func", "Async functions are not supported.");
    this.#expect("func");
    this.#expect("(");
    const parameters: NamedValue[] = [];
    this.#items(")", () => parameters.push(this.#parameter(parameters.length + 1)));
    requireDistinct(
      parameters.map(({ name }) => name),
      (name) => this.#fail("distinct parameter names", `There are two named ${name}.`),
    );
    const result = this.#accept("->") ? this.#type() : undefined;
    if (!this.#at("")) this.#fail(result ? "the end" : "-> or the end");
    return { parameters, ...(result && { result }) };
  }

  #parameter(number: number): NamedValue {
    // A name is known by the colon behind it; many a name is also the name of a type.
    const start = this.#token;
    const end = this.#end;
    if (identifier.test(start.text)) {
      this.#next();
      if (this.#accept(":")) return { name: start.text.replace("%", ""), type: this.#type() };
      this.#token = start;
      this.#end = end;
    }
    return { name: `p${number}`, type: this.#type() };
  }

  #type(): ValueType {
    if (++this.#depth > maxDepth) this.#fail("a type", `Types may nest ${maxDepth} deep.`);
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
        this.#expect("<");
        const some = this.#type();
        this.#expect(">");
        return { kind: "option", some };
      }
      case "result":
        return this.#result();
      case "record":
        this.#next();
        return {
          kind: "record",
          fields: this.#members("field", (name) => {
            this.#expect(":");
            return { name, type: this.#type() };
          }),
        };
      case "variant":
        this.#next();
        return { kind: "variant", cases: this.#members("case", (name) => this.#case(name)) };
      case "enum":
      case "flags":
        this.#next();
        return {
          kind: text,
          names: this.#members(text === "enum" ? "case" : "flag", (name) => ({ name })).map(
            ({ name }) => name,
          ),
        };
      default:
        return this.#fail("a type", adviceOn(text));
    }
  }

  #list(): ValueType {
    this.#next();
    this.#expect("<");
    const element = this.#type();
    let length: number | undefined;
    if (this.#accept(",") && !this.#at(">")) {
      length = Number(this.#token.text);
      if (!/^[1-9]\d{0,9}$/.test(this.#token.text) || length > 0xffff_ffff) {
        this.#fail("a length from 1 to 4294967295");
      }
      this.#next();
      this.#accept(",");
    }
    this.#expect(">");
    return { kind: "list", element, ...(length !== undefined && { length }) };
  }

  #result(): ValueType {
    this.#next();
    if (!this.#accept("<")) return { kind: "result" };
    const ok = this.#accept("_") ? undefined : this.#type();
    let err: ValueType | undefined;
    if (ok ? this.#accept(",") && !this.#at(">") : this.#expect(",")) {
      err = this.#type();
      this.#accept(",");
    }
    this.#expect(">");
    return { kind: "result", ...(ok && { ok }), ...(err && { err }) };
  }

  #case(name: string): Case {
    if (!this.#accept("(")) return { name };
    const type = this.#type();
    this.#expect(")");
    return { name, type };
  }

  /** `<T, U>`, at least one. */
  #angled(): ValueType[] {
    const types: ValueType[] = [];
    this.#expect("<");
    this.#items(">", () => types.push(this.#type()));
    if (types.length === 0) this.#fail("at least one type");
    return types;
  }

  /** `{ a…, b… }`, at least one, names distinct. */
  #members<T extends { readonly name: string }>(what: string, parse: (name: string) => T): T[] {
    const members: T[] = [];
    this.#expect("{");
    this.#items("}", () => {
      const { text } = this.#token;
      if (!identifier.test(text)) this.#fail(`the name of a ${what}`);
      this.#next();
      members.push(parse(text.replace("%", "")));
    });
    if (members.length === 0) this.#fail(`at least one ${what}`);
    requireDistinct(
      members.map(({ name }) => name),
      (name) => this.#fail(`distinct ${what} names`, `There are two named ${name}.`),
    );
    return members;
  }

  /** Items between commas, up to and including `close`; a comma may trail. */
  #items(close: string, item: () => void): void {
    while (!this.#accept(close)) {
      item();
      if (!this.#accept(",")) {
        if (!this.#accept(close)) this.#fail(`"," or "${close}"`);
        return;
      }
    }
  }

  #at(text: string): boolean {
    return this.#token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#at(text)) return false;
    this.#next();
    return true;
  }

  #expect(text: string): true {
    return this.#accept(text) || this.#fail(`"${text}"`);
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

  #fail(expected: string, remedy?: string): never {
    const { text, at } = this.#token;
    const found = text === "" ? "the end" : JSON.stringify(text.slice(0, 40));
    throw new HotcellError(
      "bad-type-expression",
      `Expected ${expected} at position ${at}, found ${found}.${remedy ? ` ${remedy}` : ""}`,
      { subject: this.#text.slice(0, 200), expected, actual: found, offset: at },
    );
  }
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

function adviceOn(word: string): string | undefined {
  if (/^(?:stream|future|error-context)$/.test(word)) return "Async types are not supported.";
  if (/^(?:own|borrow|resource)$/.test(word)) return "Resources can't be written in a type expression.";
  if (word === "float32" || word === "float64") return `It is f${word.slice(5)} in WIT.`;
  if (/^(?:int|number|float|boolean|char|str|String)$/.test(word))
    return `Primitives are ${primitiveKinds.join(", ")}.`;
  if (identifier.test(word)) return "Named types can't be referred to here: write the type itself.";
  return undefined;
}
