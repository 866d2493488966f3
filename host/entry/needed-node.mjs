// The Node that Hotcell needs, in JavaScript that any older one reads: it must be the one to say so.
import process from "node:process";

const needed = 24;

/** A sentence for whoever runs a Node that is too old; undefined where it is not. */
export function tooOld() {
  const running = process.versions.node;
  if (Number(running.split(".")[0]) >= needed) return undefined;
  return `Hotcell needs Node ${needed} or newer; this is Node ${running} (${process.execPath}).`;
}
