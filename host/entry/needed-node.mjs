// The Node that Hotcell needs, in JavaScript that any older one reads: it must be the one to say so.
import process from "node:process";

export const needed = 24;

/** A sentence for whoever runs a Node that is too old for `what`; undefined where it is not. */
export function tooOld(what = "Hotcell", least = needed) {
  const running = process.versions.node;
  if (Number(running.split(".")[0]) >= least) return undefined;
  return `${what} needs Node ${least} or newer; this is Node ${running} (${process.execPath}).`;
}
