import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { camelCase } from "../../host/wit/names.ts";
import { buildComponent, type Running, removeTemporaryFolders, run } from "./support.ts";
import { declarations, declaredNames, typeCases } from "./types.ts";

/** A world that has, for every type, an echo as export, one as import, and an export that relays to the import. */
const world = `
package test:shapes@1.0.0;
interface types { ${declarations} }
interface host {
  use types.{color, many, me, names, odd, permissions, person, point, shape, tiny};
  ${typeCases.map((t) => `host-${t.name}: func(v: ${t.wit}) -> ${t.wit};`).join("\n  ")}
}
interface guest {
  use types.{color, many, me, names, odd, permissions, person, point, shape, tiny};
  ${typeCases.map((t) => `echo-${t.name}: func(v: ${t.wit}) -> ${t.wit};\n  relay-${t.name}: func(before: string, v: ${t.wit}) -> ${t.wit};`).join("\n  ")}
}
world shapes { import host; export guest; }
`;

const names = typeCases.map((t) => camelCase(t.name));
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const source = `
import { ${names.map((n) => `host${capital(n)}`).join(", ")} } from "test:shapes/host@1.0.0";
import { ${declaredNames.join(", ")} } from "test:shapes/types@1.0.0";
import { Option, Result, Tuple1, Tuple2, Unit } from "wit-types";
${typeCases
  .map((t, i) => {
    const name = capital(names[i]!);
    return `export function echo${name}(v: ${t.assemblyScript}): ${t.assemblyScript} { return v; }
export function relay${name}(before: string, v: ${t.assemblyScript}): ${t.assemblyScript} { return host${name}(v); }`;
  })
  .join("\n")}
`;

const builds = {
  release: ["-O3"],
  debug: ["--debug"],
  "garbage collected at every chance": ["--debug", "--use", "hotcell.gc=torture"],
  "the minimal runtime, collected after every call": [
    "-O1",
    "--runtime",
    "minimal",
    "--use",
    "hotcell.gc=torture",
  ],
  "the stub runtime": ["-O1", "--runtime", "stub"],
};

afterAll(removeTemporaryFolders);

describe.each(Object.entries(builds))("values survive the way through a plugin: %s", (_, options) => {
  let plugin: Promise<Running> | undefined;
  const start = async () => {
    const component = await buildComponent({
      files: { "wit/world.wit": world, "assembly/index.ts": source },
      options,
    });
    const host = Object.fromEntries(names.map((n) => [`host${capital(n)}`, (value: unknown) => value]));
    return run(component, { "test:shapes/host": host });
  };

  test.each(typeCases.map((t, i) => [t.wit, t, capital(names[i]!)] as const))(
    "%s",
    async (_wit, { values }, name) => {
      plugin ??= start();
      const running = await plugin;
      fc.assert(
        fc.property(values, (value) => {
          expect(running.callIn("test:shapes/guest@1.0.0", `echo${name}`, value)).toEqual(value);
          const relayed = running.callIn("test:shapes/guest@1.0.0", `relay${name}`, "🌍", value);
          expect(relayed).toEqual(value);
        }),
        { numRuns: 40 },
      );
    },
  );
});
