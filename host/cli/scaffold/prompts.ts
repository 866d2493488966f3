import { createInterface } from "node:readline/promises";
import { nearest } from "../../text/nearest.ts";
import { UsageError } from "../command-line.ts";
import { templateNames, templates } from "./templates.ts";

export interface Answers {
  readonly folder: string;
  readonly template: string;
}

/** Asks for what is not given, until the answer will do. Throws UsageError when the input ends. */
export async function ask(
  given: { readonly folder: string | undefined; readonly template: string | undefined },
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<Answers> {
  const terminal = createInterface({ input, output });
  const closed = new AbortController();
  terminal.once("close", () => closed.abort());
  const question = async (text: string) => {
    try {
      return (await terminal.question(text, { signal: closed.signal })).trim();
    } catch (error) {
      // Ctrl-C or Ctrl-D.
      if (closed.signal.aborted) throw new UsageError("Nothing was made.");
      throw error;
    }
  };
  try {
    let { folder, template } = given;
    while (!folder) folder = await question("Name of the plugin: ");
    if (template === undefined) {
      const list = [...templates].map(
        ([name, { summary }], i) => `  ${i + 1}  ${name.padEnd(10)} ${summary}`,
      );
      output.write(`A plugin that …\n${list.join("\n")}\n`);
    }
    while (template === undefined) {
      const answer = (await question("Which one? [1] ")) || "1";
      template = templates.has(answer) ? answer : templateNames[Number(answer) - 1];
      if (template === undefined) {
        const [near] = nearest(answer, templateNames);
        output.write(near ? `Did you mean ${near}?\n` : `1 to ${templateNames.length}, or a name.\n`);
      }
    }
    return { folder, template };
  } finally {
    terminal.close();
  }
}
