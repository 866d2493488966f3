/** Errors of a plugin's process that has ended, or has to be ended. */
import { HotcellError, orRaise } from "../../errors.ts";

/** The error for a process with more memory resident than it may have. Both in bytes. */
export function tookTooMuch(plugin: string, limit: number, resident: number): HotcellError {
  return new HotcellError("process-died", `${plugin} took more memory than its process may have.`, {
    subject: plugin,
    setting: "limits.processMemory",
    limit: `${limit} bytes`,
    actual: `${resident} bytes`,
    ...orRaise("Ask less of it in one call", ["processMemory"]),
  });
}

/** The error for a process that says what our code would not. */
export function distrusted(plugin: string, why: string): HotcellError {
  return new HotcellError("process-died", `The process of ${plugin} was ended: ${why}.`, {
    subject: plugin,
    remedy: "Look at what the plugin does: no plugin should be able to bring this about.",
  });
}

/** The error for a process that V8 gave up: its heap of so many bytes was full. `how` says how it ended. */
export function heapFull(plugin: string, heap: number, how: string, cause: unknown): HotcellError {
  return new HotcellError(
    "process-died",
    `The process of ${plugin} ended, because its JavaScript heap was full (${how}).`,
    {
      subject: plugin,
      setting: "limits.processMemory",
      limit: `${heap} bytes of JavaScript heap`,
      actual: how,
      ...orRaise("Make what it returns in one call smaller", ["processMemory"]),
      cause,
    },
  );
}

/** The error for a process that ended by itself, or by somebody else's hand. */
export function gone(plugin: string, how: string, cause: unknown): HotcellError {
  return new HotcellError("process-died", `The process of ${plugin} ended: ${how}.`, {
    subject: plugin,
    actual: how,
    remedy:
      "Call it again: another process is started at once. If that one ends too, look in the host's log.",
    cause,
  });
}
