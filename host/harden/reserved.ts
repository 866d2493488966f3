/**
 * Names of what hardening adds to a module. A guest's own names may not begin like this, so that it can neither
 * reach nor pose as them.
 */
export const reservedPrefix = "\u0000";

/** The module name that added imports come from. */
export const fuelModule = "\u0000hotcell";
/** `(global (mut i64))`: what is left to spend. Below zero: the guest was stopped because it ran out. */
export const fuelImport = "fuel";

/**
 * `(global (ref (func (param i32 i32) (result i64))))`: what to call with zeros when that is below zero. Gives what is
 * left after all, and traps if nothing is. With other numbers it is told of a growth (`growth-word.ts`).
 */
export const refillImport = "refill";
/** Module that the room for growing comes from. It is the host's, the fuel is the engine's. */
export const roomModule = "\u0000cells";
/** `(global (mut i32))`: pages that the cells of a host may still grow by. */
export const roomImport = "room";
/** Number of globals that are imported besides the module's own. */
export const addedImports = 3;

/**
 * `(func (param i32) (result i32))`: with another argument than zero, takes the present values of all mutable globals as
 * the pristine ones; with zero, gives them their saved values. Then gives zero, unless tables, segments or the size of a
 * memory may have changed since they were saved, which it can't undo.
 */
export const stateExport = "\u0000state";

export const memoryExport = (index: number): string => `\u0000memory:${index}`;
