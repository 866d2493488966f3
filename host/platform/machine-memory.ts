import { totalmem } from "node:os";

/** Bytes that this process may count with: of the machine, or of the container that it is in. */
export function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
