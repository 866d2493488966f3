/** Programs that docblocks show, and what they say they print. */
import { readFile } from "node:fs/promises";

/** Docblocks of a source of the host, each with the line behind it. */
export async function docblocksOf(file: string): Promise<string[]> {
  const source = await readFile(new URL(`../../host/${file}`, import.meta.url), "utf8");
  return [...source.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n.*/g)].map(([docblock]) => docblock);
}

/** Programs of a docblock. */
export function programsOf(docblock: string): string[] {
  const shown = docblock.matchAll(/@example\n *\* ```ts\n([\s\S]*?) *\* ```/g);
  return [...shown].map(([, text = ""]) => text.replace(/^ *\* ?/gm, ""));
}

/** Lines that a program says it prints. */
export function promised(program: string): string[] {
  return program
    .split("\n")
    .flatMap((line) => line.split("// → ")[1] ?? [])
    .flatMap((said) => said.split(" → "));
}
