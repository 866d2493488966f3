/** The command line in this process: a session of it costs less than the start of one process. */
import { vi } from "vitest";
import { run } from "../../../host/cli/run.ts";
import type { Run } from "../../support/cli.ts";

/** Variables that a session has instead of those of whoever runs the tests. */
export type SessionEnvironment = Readonly<Record<string, string>>;

/** Runs `hotcell ARGS` to its end, where nobody can be asked; what it prints is caught. */
export async function lineHere(args: readonly string[], environment: SessionEnvironment): Promise<Run> {
  const printed = { stdout: "", stderr: "" };
  const depth = Error.stackTraceLimit;
  const into = (stream: keyof typeof printed) => (text: unknown) => {
    printed[stream] += `${text}\n`;
  };
  const spies = [
    vi.spyOn(console, "log").mockImplementation(into("stdout")),
    vi.spyOn(console, "error").mockImplementation(into("stderr")),
    vi.spyOn(process.stdout, "write").mockImplementation((chunk, ...rest) => {
      printed.stdout += Buffer.from(chunk as Uint8Array).toString();
      for (const each of rest) if (typeof each === "function") each();
      return true;
    }),
  ];
  for (const name of Object.keys(process.env)) if (name.startsWith("HOTCELL_")) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ NO_COLOR: "1", ...environment })) vi.stubEnv(name, value);
  try {
    return { code: await run(args), ...printed };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
    Error.stackTraceLimit = depth;
  }
}

/** Words of a line as a shell takes them: single quotes hold what they have around. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}
