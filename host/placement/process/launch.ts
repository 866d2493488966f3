import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HotcellError } from "../../errors.ts";
import { endingWithParent } from "../../platform/end-with-parent.ts";
import { withoutInherited } from "../../platform/inherited-files.ts";
import { ownFile } from "../../platform/own-file.ts";
import { stackDepth } from "../../platform/stack-depth.ts";
import type { Room } from "./budget.ts";

/** Packages that the process's code imports. */
const packages = ["valibot"];

/** Throws `process-denied` where this process may start no others. */
export function requireMayLaunch(): void {
  if (process.permission?.has("child") ?? true) return;
  throw new HotcellError(
    "process-denied",
    "The host runs under Node's permission model and may not start processes.",
    {
      subject: "placement",
      expected: "--allow-child-process",
      remedy: 'Start the host with --allow-child-process, or choose engine "direct" and placement "inline".',
    },
  );
}

/** Why a process could not be started; undefined when that is not for want of something that may be there later. */
export function wanting(cause: Error & { code?: string }, plugin: string): HotcellError | undefined {
  if (!wants.has(cause.code ?? "")) return undefined;
  return new HotcellError(
    "no-capacity",
    `The machine has no room for another process of ${plugin} (${cause.code}).`,
    {
      subject: plugin,
      actual: cause.code ?? "",
      retryAfter: 1,
      remedy: "Try again later, or let the host's user have more processes, open files and memory.",
      cause,
    },
  );
}

const wants = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

/**
 * A process that may do nothing but compute and answer: it reads only our own code, and has no other file, network,
 * process, thread, native add-on or inspector; its environment is empty, and it inherits nothing. Not Node's own IPC:
 * there a process can fill its parent's memory with one message, and pass it open files. Throws `process-denied`, and
 * what Node throws.
 */
export function launch(heapBytes: number, run: readonly string[] = [entry()]): ChildProcess {
  requireMayLaunch();
  const flags = [
    "--permission",
    ...readable().map((path) => `--allow-fs-read=${path}`),
    "--disallow-code-generation-from-strings",
    "--disable-sigusr1",
    `--stack-trace-limit=${stackDepth}`,
    `--max-old-space-size=${Math.ceil(heapBytes / 1024 / 1024)}`,
  ];
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  const { program, args } = endingWithParent(process.execPath, [...flags, ...run]);
  return withoutInherited(stdio, (files) =>
    spawn(program, args, { stdio: [...files], env: {}, windowsHide: true }),
  );
}

function entry(): string {
  return fileURLToPath(ownFile(import.meta.url, "child"));
}

let found: string[] | undefined;

function readable(): string[] {
  const manifest = findPackageJSON(import.meta.url);
  found ??= [
    fileURLToPath(new URL("../../", import.meta.url)),
    entry(),
    ...(manifest === undefined ? [] : [manifest]),
    ...packages.flatMap(places),
  ];
  return found;
}

/** Folders where Node finds a package, and where that really is: installers link one to the other. */
function places(name: string): string[] {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(path)) return [path, realpathSync(path)];
    if (folder === dirname(folder)) return [];
  }
}

/** The same in a room of the budget's, which is given back where that throws: `no-capacity` where the machine has no more. */
export function launchIn(room: Room, plugin: string, heap: number, run?: readonly string[]): ChildProcess {
  try {
    return launch(heap, run);
  } catch (thrown) {
    room.end();
    throw (thrown instanceof Error && wanting(thrown, plugin)) || thrown;
  }
}
