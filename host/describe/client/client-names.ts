/** Names in a client: what the document calls something, as TypeScript can have it, and never two things by one. */
import { camelCase, pascalCase } from "../../wit/wit-names.ts";

/** Names that mean something in the file already. */
const known = [
  ...["Outcome", "Problem", "ErrorCode", "GuestError", "Refused", "Unreachable", "CallFailed", "CallOptions"],
  ...[
    "ClientOptions",
    "Client",
    "AbortSignal",
    "Array",
    "Error",
    "Headers",
    "Promise",
    "Record",
    "RequestInit",
  ],
  ...["Uint8Array", "ArrayBuffer", "ArrayBufferView", "URLSearchParams", "CallForm", "Message", "Sender"],
  ...["HookAnswer", "HookOptions", "Hooks", "Asker"],
  ...["Map", "ReadonlySet", "Readonly", "NonNullable", "String", "Object"],
  ...["Response", "Math", "Number", "Set", "URL", "JSON", "Exclude", "ReturnType", "DOMException"],
];

export class ClientNames {
  readonly #types = new Set(known);

  /** Name of a type, from the parts of its name in the document: `PricingLineItem`. */
  type(...parts: readonly string[]): string {
    const written = parts.map((part) => pascalCase(part.replaceAll(/[^A-Za-z0-9]+/g, "-"))).join("");
    return free(/^[A-Za-z]/.test(written) ? written : `T${written}`, this.#types);
  }
}

/** Property names for these, in camelCase; as they are where two would be the same or one means something else. */
export function memberNames(names: readonly string[]): ReadonlyMap<string, string> {
  const short = names.map((name) => camelCase(name.replaceAll(/[^A-Za-z0-9]+/g, "-")));
  const taken = new Set<string>();
  return new Map(
    names.map((name, i) => {
      const own = short[i]!;
      // An object with a function `then` would be taken for a promise.
      const isOdd = own === "then" || own === "" || short.indexOf(own) !== short.lastIndexOf(own);
      return [name, free(isOdd ? `${name === "then" ? "then_" : name}` : own, taken)];
    }),
  );
}

/** The name, or with the first number behind it that makes it another than those taken; takes it. */
function free(name: string, taken: Set<string>): string {
  let own = name;
  for (let number = 2; taken.has(own); number++) own = `${name}${number}`;
  taken.add(own);
  return own;
}
