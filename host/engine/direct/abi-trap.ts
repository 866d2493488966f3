/** A trap that the canonical ABI asks for (`trap`, `trap_if` in CanonicalABI.md). */
export class AbiTrap extends Error {}

export function trap(reason: string): never {
  throw new AbiTrap(reason);
}
