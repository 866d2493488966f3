/** A plugin through which values of every type of `author-types.ts` go. */
import { camelCase } from "../../../host/wit/wit-names.ts";
import { declarations, declaredNames, typeCases } from "./author-types.ts";

export const guestInterface = "test:shapes/guest@1.0.0";
export const hostInterface = "test:shapes/host@1.0.0";

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const pascal = (name: string) => capital(camelCase(name));
const used = `use types.{${declaredNames.map((name) => name.toLowerCase()).join(", ")}};`;
const functions = (print: (t: (typeof typeCases)[number]) => string) => typeCases.map(print).join("\n  ");

/** For every type, an echo as export, one as import, and an export that relays to the import. */
const world = `
package test:shapes@1.0.0;
interface types { ${declarations} }
interface host {
  ${used}
  ${functions((t) => `host-${t.name}: func(v: ${t.wit}) -> ${t.wit};`)}
}
interface guest {
  ${used}
  ${functions((t) => `echo-${t.name}: func(v: ${t.wit}) -> ${t.wit};`)}
  ${functions((t) => `relay-${t.name}: func(before: string, v: ${t.wit}) -> ${t.wit};`)}
}
world shapes { import host; export guest; export pages: func() -> u32; }
`;

const imports = `
import { ${declaredNames.join(", ")} } from "test:shapes/types@1.0.0";
import { Option, Result, Tuple1, Tuple2, Unit } from "wit-types";`;
const echoes = functions(
  ({ name, assemblyScript: as }) => `export function echo${pascal(name)}(v: ${as}): ${as} { return v; }`,
);

const source = `
import * as host from "${hostInterface}";
${imports}
${echoes}
${functions(
  ({ name, assemblyScript: as }) =>
    `export function relay${pascal(name)}(before: string, v: ${as}): ${as} { return host.host${pascal(name)}(v); }`,
)}
export function pages(): u32 { return memory.size(); }
`;

export const shapesFiles = { "wit/world.wit": world, "assembly/index.ts": source };

/** The echoes alone, for hosts that supply nothing. */
export const echoesFiles = {
  "wit/world.wit": `
package test:shapes@1.0.0;
interface types { ${declarations} }
interface guest {
  ${used}
  ${functions((t) => `echo-${t.name}: func(v: ${t.wit}) -> ${t.wit};`)}
}
world shapes { export guest; }
`,
  "assembly/index.ts": `${imports}\n${echoes}`,
};

/** What the plugin imports: every function gives back what it is given. */
export const shapesImports = Object.fromEntries(
  typeCases.map((t) => [`host${pascal(t.name)}`, (value: unknown) => value]),
);

/** The functions of one type: as the component names them, and as the JavaScript mapping does. */
export function functionsOf({ name }: { readonly name: string }) {
  return {
    echo: `echo-${name}`,
    relay: `relay-${name}`,
    echoInJs: `echo${pascal(name)}`,
    relayInJs: `relay${pascal(name)}`,
  };
}
