import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { packages } from "../../host/capabilities/interfaces.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { functionsIn } from "../../host/wit/model.ts";
import { everything, importing, refusalOf } from "../support/capability-probe.ts";

/** WASI as its specification publishes it, which jco brings. */
const published = new URL(
  "lib/wit/builtin/0.2.12/",
  new URL("../", import.meta.resolve("@bytecodealliance/jco")),
);

it("has the types that WASI publishes", async () => {
  const folders = await readdir(fileURLToPath(published));
  const texts = await Promise.all(
    folders.map((name) => readFile(new URL(`${name}/package.wit`, published), "utf8")),
  );
  const all = Object.fromEntries(texts.map((text, i) => [folders[i]!, text]));
  const ids = texts.flatMap((text) => {
    const [, name, version] = /^package ([^@]*)@([^;]*);/m.exec(text)!;
    return interfacesIn(text).map((each) => `${name}/${each}@${version}`);
  });
  const ours = Object.entries(packages).flatMap(([name, text]) =>
    interfacesIn(text).map((each) => `${name}/${each}`),
  );
  // What a guest exports is nothing for a host to supply; those behind a feature are not stable yet.
  const imported = ids.filter((id) => !/\/(?:run|incoming-handler|timezone)@/.test(id));
  expect(imported.map((id) => id.slice(0, id.indexOf("@"))).filter((id) => !ours.includes(id))).toEqual([]);

  const wasm = importing(imported, all);
  expect(refusalOf(wasm, { grants: everything })).toBeUndefined();
  const count = inspectComponent(wasm).world.imports.reduce(
    (sum, item) => sum + (item.kind === "interface" ? functionsIn(item.interface).length : 0),
    0,
  );
  expect(count).toBeGreaterThan(170);
});

function interfacesIn(text: string): string[] {
  return [...text.matchAll(/^interface ([\w-]+)/gm)].map(([, name]) => name!);
}
