import { camelCase, pascalCase } from "../../host/wit/names.ts";

// What TypeScript or AssemblyScript refuses as the name of a function, parameter or class, and what the
// generated code itself says: such names get an underscore at their end.
const reserved = new Set(
  `abstract any arguments as assert async await bigint bool boolean break case catch changetype class const
   constructor continue debugger declare default delete do else enum eval export extends f32 f64 false finally for
   function heap i16 i32 i64 i8 if implements import in infer instanceof interface is isize keyof let load
   memory module namespace never new null number object of override package private protected public readonly
   reinterpret require return static store string super switch symbol this throw true try typeof u16 u32
   u64 u8 undefined unique unknown unreachable usize v128 var void while with yield
   Array ArrayBuffer Float32Array Float64Array Int16Array Int32Array Int64Array Int8Array NaN Infinity Object Option
   Result StaticArray String Uint16Array Uint32Array Uint64Array Uint8Array Unit`.split(/\s+/),
);

function safe(name: string): string {
  const word = /^[0-9]/.test(name) ? `_${name}` : name;
  return reserved.has(word) || /^Tuple\d+$/.test(word) ? `${word}_` : word;
}

/** A function, parameter, field or method. */
export function valueName(wit: string): string {
  return safe(camelCase(wit));
}

/** A method: after a dot, only modifiers and the constructor's name are refused. */
export function memberFunctionName(wit: string): string {
  const name = camelCase(wit);
  const word = /^[0-9]/.test(name) ? `_${name}` : name;
  return modifiers.has(word) ? `${word}_` : word;
}

const modifiers = new Set(
  "abstract constructor declare override private protected public readonly static".split(" "),
);

/** A class, enum or type alias. */
export function typeName(wit: string): string {
  return safe(pascalCase(wit));
}

/** A member of an enum. */
export function memberName(wit: string): string {
  const name = pascalCase(wit);
  return /^[0-9]/.test(name) ? `_${name}` : name;
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
