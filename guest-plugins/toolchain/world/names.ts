import { camelCase, pascalCase } from "../../../host/wit/wit-names.ts";

// Names that need an underscore at their end, and where: held against asc by test/toolchain/names.test.ts.

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Words that asc or TypeScript, which editors go by, refuse where a name is declared. */
const reserved = words(
  `arguments async await break case catch class const continue debugger default delete do else enum eval export
   extends false finally for function if implements import in instanceof interface let new null of override package
   private protected public return static super switch this throw true try typeof undefined var void while with yield`,
);

/** Types in the signatures beside which a function is declared, which it would hide. */
const types = words("bool f32 f64 i16 i32 i64 i8 string u16 u32 u64 u8");

/** Words that the generated modules use themselves, in which imported functions and types are declared. */
const used = words(
  `assert changetype
   Array ERROR Float32Array Float64Array Int16Array Int32Array Int64Array Int8Array Option Result Uint16Array
   Uint32Array Uint64Array Uint8Array Unit`,
);

/** Words that can't be a member's name, even after a dot. */
const staticReserved = words("constructor override readonly");
const memberReserved = words(
  "abstract constructor declare override private protected public readonly static",
);

function spelled(name: string, ...taken: readonly ReadonlySet<string>[]): string {
  const word = /^[0-9]/.test(name) ? `_${name}` : name;
  return taken.some((names) => names.has(word)) ? `${word}_` : word;
}

export function parameterName(wit: string): string {
  return spelled(camelCase(wit), reserved);
}

/** A function that the author exports, or a namespace. */
export function functionName(wit: string): string {
  return spelled(camelCase(wit), reserved, types);
}

/** A function that the author imports. */
export function importedName(wit: string): string {
  return spelled(camelCase(wit), reserved, types, used);
}

/** A field of a record, or a method. */
export function memberFunctionName(wit: string): string {
  return spelled(camelCase(wit), memberReserved);
}

/** A static function, or what makes a variant's case. */
export function staticName(wit: string): string {
  return spelled(camelCase(wit), staticReserved);
}

/** A class, enum or type alias. */
export function typeName(wit: string): string {
  const name = spelled(pascalCase(wit), used);
  return /^Tuple\d+$/.test(name) ? `${name}_` : name;
}

/** A member of an enum. */
export function memberName(wit: string): string {
  return spelled(pascalCase(wit));
}

/** Hands out names that are unique in one scope: a name that is taken gets underscores at its end. */
export class NameScope {
  readonly #taken = new Set<string>();

  claim(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free += "_";
    this.#taken.add(free);
    return free;
  }
}

/** The names of one record's fields, one enum's members, …: spelled by a function above, and unique. */
export function spellAll(wit: readonly string[], spell: (name: string) => string): string[] {
  const scope = new NameScope();
  return wit.map((name) => scope.claim(spell(name)));
}
