/** Help where the author's code names a member that a class or enum of the world has not, or makes a record by a literal. */
import type { DiagnosticMessage, Element, Program } from "assemblyscript";
import { didYouMean, nearest } from "../../../host/text/nearest.ts";

// Of asc's const enum DiagnosticCode.
const noProperty = 2339;
const noLiteral = 216;

const hiddenFlags = 512 | 1024; // CommonFlags.Private, Protected

/** The parts of asc's elements with members, not all of which its declarations name. */
interface WithMembers {
  readonly name: string;
  readonly members: ReadonlyMap<string, Element> | null;
  readonly instanceMembers?: ReadonlyMap<string, Element> | null;
  readonly basePrototype?: WithMembers | null;
  readonly constructorPrototype?: Constructor | null;
}

interface Constructor {
  readonly declaration: {
    readonly signature: {
      readonly range: { toString(): string };
      readonly parameters: readonly {
        readonly name: { readonly text: string };
        readonly initializer: unknown;
      }[];
    };
  };
}

/** Text to say instead of asc's words; undefined where these are as good. */
export function memberHint({ code, message }: DiagnosticMessage, program: Program): string | undefined {
  if (code === noProperty) {
    const [, member, type] = /'(.*)' does not exist on type '(.*)'/.exec(message) ?? [];
    const found = type === undefined ? undefined : generatedType(program, type);
    if (!found) return undefined;
    const names = membersOf(found);
    const has = didYouMean(nearest(member!, names)) ?? `It has: ${names.join(", ")}`;
    return `${found.name} has no ${member}.\n  ${has}`;
  }
  if (code === noLiteral) {
    const [, type] = /^Class '(.*)' cannot/.exec(message) ?? [];
    const found = type === undefined ? undefined : generatedType(program, type);
    const signature = found?.constructorPrototype?.declaration.signature;
    if (!found || !signature) return undefined;
    const { parameters, range } = signature;
    const byName = parameters.every(({ initializer }) => initializer)
      ? `\n  Or by name:  const value = new ${found.name}(); value.${parameters[0]?.name.text} = …;`
      : "";
    return `${found.name} is made by its constructor, not by an object literal.\n  In order:    new ${found.name}${oneLine(range.toString())}${byName}`;
  }
  return undefined;
}

function generatedType(program: Program, internalName: string): WithMembers | undefined {
  const name = internalName.replace(/<.*/, "");
  if (!/^~lib\/(?:wit-|export:|[a-z0-9-]+:)/.test(name)) return undefined;
  return program.elementsByName.get(name) as WithMembers | undefined;
}

/** Members that an author may use, of a class and what it extends. */
function membersOf(type: WithMembers): string[] {
  const own = [type.members, type.instanceMembers].flatMap((members) => [...(members ?? [])]);
  const names = own
    .filter(
      ([name, { flags }]) => /^[A-Za-z_]\w*$/.test(name) && name !== "constructor" && !(flags & hiddenFlags),
    )
    .map(([name]) => name);
  return [...new Set([...names, ...(type.basePrototype ? membersOf(type.basePrototype) : [])])];
}

/** `( public name: string, public price: u32 = 0, )` → `(name: string, price: u32 = 0)`. */
function oneLine(parameters: string): string {
  return parameters
    .replace(/\bpublic /g, "")
    .replace(/\s+/g, " ")
    .replace(/\( /, "(")
    .replace(/,? \)/, ")");
}
