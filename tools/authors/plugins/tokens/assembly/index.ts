import { Kind, Token } from "authors:tokens/types@1.0.0";
import { Result, Tuple2 } from "wit-types";
import { Tokenizer } from "./tokenizer";

export { Tokenizer };

export function tokenize(text: string): Result<Array<Token>, string> {
  const tokenizer = new Tokenizer(text);
  const tokens = new Array<Token>();
  for (let token = tokenizer.next(); token != null; token = tokenizer.next()) tokens.push(token);
  if (tokens.length == 0) return Result.err<Array<Token>, string>("there is nothing in it");
  return Result.ok<Array<Token>, string>(tokens);
}

export function evaluate(text: string, names: Array<Tuple2<string, f64>>): Result<f64, string> {
  const parser = new Parser(new Tokenizer(text), names);
  const value = parser.sum();
  const rest = parser.tokens.next();
  if (rest != null && parser.problem == "") parser.fail("what comes after is not understood: " + rest.text);
  return parser.problem == "" ? Result.ok<f64, string>(value) : Result.err<f64, string>(parser.problem);
}

/** By recursive descent. The first problem counts; what follows it is NaN. */
class Parser {
  problem: string = "";

  constructor(readonly tokens: Tokenizer, readonly names: Array<Tuple2<string, f64>>) {}

  fail(problem: string): f64 {
    if (this.problem == "") this.problem = problem;
    return NaN;
  }

  sum(): f64 {
    let value = this.product();
    while (true) {
      if (this.takes("+")) value += this.product();
      else if (this.takes("-")) value -= this.product();
      else return value;
    }
  }

  product(): f64 {
    let value = this.power();
    while (true) {
      if (this.takes("*")) {
        value *= this.power();
      } else if (this.takes("/")) {
        const divisor = this.power();
        value = divisor == 0 ? this.fail("division by zero") : value / divisor;
      } else {
        return value;
      }
    }
  }

  power(): f64 {
    const base = this.value();
    return this.takes("^") ? Math.pow(base, this.power()) : base;
  }

  value(): f64 {
    if (this.takes("-")) return -this.value();
    const token = this.tokens.next();
    if (token == null) return this.fail("a value is missing at the end");
    if (token.kind == Kind.Number) return parseFloat(token.text);
    if (token.kind == Kind.Name) return this.named(token.text);
    if (token.kind != Kind.Open) return this.fail("a value is missing before " + token.text);
    const inner = this.sum();
    const close = this.tokens.next();
    return close != null && close.kind == Kind.Close ? inner : this.fail("a bracket is not closed");
  }

  named(name: string): f64 {
    for (let i = 0; i < this.names.length; i++) if (this.names[i].f0 == name) return this.names[i].f1;
    return this.fail("nothing is called " + name);
  }

  takes(operator: string): bool {
    const token = this.tokens.peek();
    if (token == null || token.kind != Kind.Operator || token.text != operator) return false;
    this.tokens.next();
    return true;
  }
}
