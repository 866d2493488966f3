/** Bundle of the console's page, for the package: one program, one style sheet, each compressed. */
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { inPackages, packageModules, pageFolder, styleSheet } from "../../host/console/page-sources.ts";

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

/** Writes the console into that folder: `host/console/built` of the package. */
export async function bundleConsole(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ["index.html", "icon.svg"]) await copyFile(join(pageFolder, name), join(folder, name));
  await writeFile(join(folder, "console.css"), smaller(await styleSheet()));
  await writeFile(join(folder, "console.js"), await program());
  for (const name of ["index.html", "icon.svg", "console.css", "console.js"]) {
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, `${name}.br`), await brotli(bytes));
    await writeFile(join(folder, `${name}.gz`), await gzip(bytes, { level: 9 }));
  }
}

async function program(): Promise<string> {
  const { rolldown } = await import("rolldown");
  await using build = await rolldown({
    input: join(pageFolder, "page.ts"),
    platform: "browser",
    resolve: {
      alias: Object.fromEntries([...packageModules].map(([name, file]) => [name, inPackages(file)])),
    },
  });
  const { output } = await build.generate({ format: "esm", codeSplitting: false, minify: true });
  return output[0].code;
}

/** A style sheet without comments and what only people need between its parts; strings in ours have none of that in them. */
function smaller(css: string): string {
  return css
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1");
}
