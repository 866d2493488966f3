/** A trap that the canonical ABI asks for (`trap`, `trap_if` in CanonicalABI.md). */
export class AbiTrap extends Error {}

export function trap(reason: string): never {
  throw new AbiTrap(reason);
}

/** Error to go on with: what the canonical ABI traps for reads as a trap of the guest's. */
export function reworded(thrown: unknown): unknown {
  return thrown instanceof AbiTrap ? new WebAssembly.RuntimeError(thrown.message, { cause: thrown }) : thrown;
}
