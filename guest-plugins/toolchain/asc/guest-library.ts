/**
 * AssemblyScript that plugins import from this package: `hotcell/assembly/http`. asc does not find it by itself, as it takes the
 * name for a path in the package.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseInterfaceId } from "../../../host/wit/wit-names.ts";

const source = new URL("../../assembly/", import.meta.url);
// Of the compiled toolchain in the npm package.
const folder = existsSync(source) ? source : new URL("../../../../guest-plugins/assembly/", import.meta.url);

/**
 * The file for a path of asc's: `text` is what asc found there, by its own `--lib`, or null. Undefined for what is none of the
 * library. In it WASI's interfaces have no version: they are those of `specifiers`, which the world imports.
 */
export function guestLibraryFile(
  path: string,
  text: string | null,
  specifiers: readonly string[],
): { readonly path: string; readonly text: string } | undefined {
  if (!path.startsWith("~lib/hotcell/assembly/")) return undefined;
  if (text !== null) return { path, text: withVersions(text, specifiers) };
  const wanted = path.replace(/^~lib\//, "").replace(/\.ts$/, "");
  for (const file of [`${wanted}.ts`, `${wanted}/index.ts`]) {
    const url = new URL(file, folder);
    if (existsSync(url))
      return { path: `~lib/${file}`, text: withVersions(readFileSync(url, "utf8"), specifiers) };
  }
  return undefined;
}

function withVersions(text: string, specifiers: readonly string[]): string {
  return text.replaceAll(/"(wasi:[\w-]+\/[\w-]+)"/g, (quoted, id: string) => {
    const found = specifiers.find((specifier) => {
      const parsed = parseInterfaceId(specifier);
      return parsed && `${parsed.package}/${parsed.name}` === id;
    });
    return found === undefined ? quoted : `"${found}"`;
  });
}
