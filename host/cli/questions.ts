/** Questions to whoever sits at the terminal, on standard error: what a verb has to say is on standard output. */

import process from "node:process";
import { harmlessLine } from "../text/harmless.ts";
import { UsageError } from "./command-line.ts";

/** True where somebody can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Answer to a question that is yes or no; no by default, and where it is left by Ctrl-C. */
export async function agreed(question: string): Promise<boolean> {
  const { confirm } = await import("@clack/prompts");
  const message = harmlessLine(question);
  const answer = await confirm({ message, initialValue: false, output: process.stderr });
  return answer === true;
}

/** Text that is typed without being shown. Throws UsageError where the question is left. */
export async function hidden(question: string): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: harmlessLine(question), output: process.stderr });
  if (isCancel(answer)) throw new UsageError("Nothing was done.");
  return (answer ?? "").trim();
}

/** Text that is typed, of a letter at least. Throws UsageError where the question is left. */
export async function typed(question: string): Promise<string> {
  const { isCancel, text } = await import("@clack/prompts");
  const validate = (answer: string | undefined) => (answer?.trim() ? undefined : "It can't be empty.");
  const answer = await text({ message: harmlessLine(question), validate, output: process.stderr });
  if (isCancel(answer)) throw new UsageError("Nothing was done.");
  return answer.trim();
}

/** One of several, by its name. Throws UsageError where the question is left. */
export async function choice(
  question: string,
  options: readonly { readonly name: string; readonly about: string }[],
): Promise<string> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select({
    message: harmlessLine(question),
    options: options.map(({ name, about }) => ({ value: name, label: name, hint: about })),
    output: process.stderr,
  });
  if (isCancel(answer)) throw new UsageError("Nothing was done.");
  return answer;
}
