import { HotcellError } from "../../errors.ts";

/** Reason why a version takes part no more. */
export type Retirement = "replaced" | "removed" | "closing";

/** Error for a function that was looked up in such a version. */
export function retired(plugin: string, why: Retirement): HotcellError {
  const name = JSON.stringify(plugin);
  const { detail, remedy } = {
    replaced: {
      detail: `The version of ${plugin} that this function is of has been replaced.`,
      remedy: `Call again; in code, look the function up anew: await registry.callable(${name}, …), or call by registry.callJson(${name}, …), which does.`,
    },
    removed: {
      detail: `${plugin} has been removed.`,
      remedy: `Deploy it again: PUT /plugins/${plugin}, or registry.deploy(${name}, …) in code.`,
    },
    closing: closing(),
  }[why];
  return new HotcellError("closed", detail, { subject: plugin, remedy });
}

/** The host has been closed, or is about to end. */
export function hostClosing(): HotcellError {
  const { detail, remedy } = closing();
  return new HotcellError("closed", detail, { remedy });
}

function closing() {
  return {
    detail: "The host is shutting down.",
    remedy: "Try again on another host, or when this one is back; in code, with what createHost gives next.",
  };
}
