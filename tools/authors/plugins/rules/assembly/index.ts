import { JSON } from "json-as";
import { Result } from "wit-types";

@json
class Condition {
  fact: string = "";
  /** `eq`, `lt`, `gt`, `in` or `has`. */
  op: string = "eq";
  value: string = "";
  number: f64 = 0;
  values: string[] = [];
}

@json
class Change {
  fact: string = "";
  value: string = "";
}

@json
class Rule {
  name: string = "";
  weight: i32 = 0;
  all: Condition[] = [];
  any: Condition[] = [];
  set: Change[] = [];
}

@json
class Facts {
  text: Map<string, string> = new Map<string, string>();
  numbers: Map<string, f64> = new Map<string, f64>();
}

const operators = ["eq", "lt", "gt", "in", "has"];

export function matching(rules: string, facts: string): Result<string[], string> {
  const parsed = readRules(rules);
  const problem = problemIn(parsed);
  if (problem != "") return Result.err<string[], string>(problem);
  const found = holding(parsed, readFacts(facts));
  return Result.ok<string[], string>(found.map<string>((rule) => rule.name));
}

export function apply(rules: string, facts: string): Result<string, string> {
  const parsed = readRules(rules);
  const problem = problemIn(parsed);
  if (problem != "") return Result.err<string, string>(problem);
  const known = readFacts(facts);
  const found = holding(parsed, known);
  // The heaviest goes last, so that what it says stays.
  for (let i = found.length - 1; i >= 0; i--) {
    for (let j = 0; j < found[i].set.length; j++) known.text.set(found[i].set[j].fact, found[i].set[j].value);
  }
  return Result.ok<string, string>(JSON.stringify<Facts>(known));
}

function readRules(text: string): Rule[] {
  return JSON.parse<Rule[]>(text); // trap
}

function readFacts(text: string): Facts {
  return JSON.parse<Facts>(text);
}

/** What is wrong with the rules; an empty text when nothing is. */
function problemIn(rules: Rule[]): string {
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i];
    if (rule.name == "") return "rule " + (i + 1).toString() + " has no name";
    const conditions = rule.all.concat(rule.any);
    if (conditions.length == 0) return rule.name + " has no conditions";
    for (let j = 0; j < conditions.length; j++) {
      if (!operators.includes(conditions[j].op)) return rule.name + " has an operator that is none: " + conditions[j].op;
    }
  }
  return "";
}

function holding(rules: Rule[], facts: Facts): Rule[] {
  const found = new Array<Rule>();
  for (let i = 0; i < rules.length; i++) if (holds(rules[i], facts)) found.push(rules[i]);
  return found.sort((a, b) => b.weight - a.weight);
}

function holds(rule: Rule, facts: Facts): bool {
  for (let i = 0; i < rule.all.length; i++) if (!isTrue(rule.all[i], facts)) return false;
  if (rule.any.length == 0) return true;
  for (let i = 0; i < rule.any.length; i++) if (isTrue(rule.any[i], facts)) return true;
  return false;
}

function isTrue(condition: Condition, facts: Facts): bool {
  const fact = condition.fact;
  const op = condition.op;
  if (op == "has") return facts.text.has(fact) || facts.numbers.has(fact);
  if (op == "lt" || op == "gt") {
    if (!facts.numbers.has(fact)) return false;
    const number = facts.numbers.get(fact);
    return op == "lt" ? number < condition.number : number > condition.number;
  }
  if (!facts.text.has(fact)) return false;
  const text = facts.text.get(fact);
  return op == "in" ? condition.values.includes(text) : text == condition.value;
}
