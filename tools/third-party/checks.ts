/** What the components of `builds.ts` have to do, in a real host. */
import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { ComponentError, HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { open } from "../../host/open.ts";

/** Throws unless the component does what its sources say. Some wait in its calls, whose results are promises then. */
export async function checkText(component: string): Promise<void> {
  const lines: string[] = [];
  const imports = { "demo:text/journal": { write: (line: string) => lines.push(line) } };
  const grants = { clocks: true, logging: true };
  await using plugin = await open(await readFile(component), { imports, grants });
  const greet = plugin.lookup("greet").as<(name: string) => unknown>("func(name: string) -> string");
  for (const name of ["Ada", "", "💡 é"]) deepStrictEqual(await greet(name), `Hello, ${name}!`);
  deepStrictEqual(lines, ["greeting Ada", "greeting ", "greeting 💡 é"]);

  const words = plugin.lookup("words").as<(text: string) => unknown>("func(text: string) -> list<string>");
  deepStrictEqual(await words("  the quick  fox "), ["the", "quick", "fox"]);

  const points = "list<record { x: f64, y: f64 }>";
  const area = plugin
    .lookup("demo:text/shapes#area")
    .as<(of: { tag: string; val?: unknown }) => unknown>(
      `func(of: variant { circle(f64), polygon(${points}), nothing }) -> result<f64, string>`,
    );
  const triangle = [0, 2, 2].map((x, i) => ({ x, y: i === 2 ? 3 : 0 }));
  deepStrictEqual(await area({ tag: "polygon", val: triangle }), 3);
  deepStrictEqual(await area({ tag: "circle", val: 2 }), Math.PI * 4);
  await rejects(
    async () => area({ tag: "nothing" }),
    (thrown) => thrown instanceof ComponentError && thrown.payload === "no shape, no area",
  );
}

/** Throws unless the component is refused without grants, and does what system.wit says with them. */
export async function checkSystem(component: string): Promise<void> {
  const lines: LogLine[] = [];
  await using host = await hostLogging((line) => lines.push(line));
  const { registry } = host;
  const bytes = new Uint8Array(await readFile(component));
  const refused = (grants: object) =>
    rejects(registry.deploy("system", bytes, { settings: { grants } }), (error) => {
      return error instanceof HotcellError && error.code === "import-not-granted";
    });
  await refused({});
  await refused({ random: true, logging: true });
  await refused({ clocks: true, random: true });

  const grants = { clocks: true, random: true, logging: true };
  await registry.deploy("system", bytes, { settings: { grants, env: { HOME: "/in/a/cell" } } });
  const call = async (name: string, ...args: unknown[]) =>
    (await registry.callable("system", name)).call(args);

  const now = (await call("now")) as number;
  ok(Math.abs(Date.now() - now) < 60_000, `it is ${now}`);
  const thrown = [await call("dice"), await call("dice")];
  ok(thrown[0] !== thrown[1], "two numbers of 32 bits are the same");
  const slept = (await call("nap", 30)) as number;
  ok(slept >= 29, `it slept ${slept} ms`);

  const { functions } = registry.details("system");
  if (!functions.includes("say")) return;
  await call("say", "Grüße, 💡");
  deepStrictEqual(
    lines.map(({ plugin, context, message }) => [plugin, context, message]),
    [["system", "stdout", "Grüße, 💡"]],
  );
  if (!functions.includes("variable")) return;
  deepStrictEqual(await call("variable", "HOME"), "/in/a/cell");
  deepStrictEqual(await call("variable", "PATH"), undefined);
  const reason = (await call("read-file", "/etc/hostname")) as string;
  ok(/capabilities|pre-opened/i.test(reason), `the file system says ${reason}`);
  await rejects(call("leave", 3), (error) => error instanceof HotcellError && error.code === "trap");
  ok(((await call("now")) as number) > 0, "the next call gets a new cell");
}

async function hostLogging(log: (line: LogLine) => void) {
  const host = await createHost({ log });
  return { registry: host.registry, [Symbol.asyncDispose]: () => host.close() };
}
