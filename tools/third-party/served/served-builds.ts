/** Components of other toolchains that answer HTTP requests, and send some: each does what `served-checks.ts` asks for. */
import { copyFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { clocksWit } from "../../../host/capabilities/clocks/clocks-wit.ts";
import { httpWit } from "../../../host/capabilities/http/http-wit.ts";
import { ioWit } from "../../../host/capabilities/io/io-wit.ts";
import { type Build, componentizer, needed, neededTarget } from "../builds.ts";

const source = (name: string) => join(import.meta.dirname, name);

/** The world of a handler in one text, in the version that the engine of ComponentizeJS was built for. */
function servedWit(): string {
  const packages = [httpWit, ioWit, clocksWit].map(
    (text) => `${text.replace(/^package ([^;]*);/m, "package $1 {")}}\n`,
  );
  const imports = ["http/outgoing-handler", "clocks/monotonic-clock"].map(
    (name) => `import wasi:${name}@0.2.12;`,
  );
  const world = `world served { ${imports.join(" ")} export wasi:http/incoming-handler@0.2.12; }\n`;
  return `package demo:served@0.1.0;\n${world}${packages.join("")}`.replaceAll("@0.2.12", "@0.2.10");
}

export const servedBuilds: Readonly<Record<string, Build>> = {
  async js(_, component) {
    const made = await (await componentizer())(await readFile(source("served.js"), "utf8"), {
      witWorld: servedWit(),
      worldName: "served",
    });
    await writeFile(component, made.component);
  },
  async rust(folder, component) {
    const target = "wasm32-wasip2";
    await neededTarget("rustc", target);
    const crate = join(folder, "served-rust");
    await cp(source("rust"), crate, { recursive: true });
    const to = process.env.CARGO_TARGET_DIR ?? join(folder, "target");
    await needed("cargo", ["build", "--quiet", "--release", "--target", target], {
      cwd: crate,
      env: { ...process.env, CARGO_TARGET_DIR: to },
    });
    await copyFile(join(to, target, "release", "served.wasm"), component);
  },
  async python(folder, component) {
    const wit = join(folder, "served.wit");
    await writeFile(wit, servedWit());
    // Its interpreter writes bytecode beside what it reads.
    await copyFile(source("served.py"), join(folder, "served.py"));
    const from = ["-d", wit, "-w", "served", "componentize", "-p", folder, "served"];
    await needed(process.env.COMPONENTIZE_PY ?? "componentize-py", [...from, "-o", component]);
  },
};
