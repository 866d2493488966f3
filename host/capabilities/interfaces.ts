/** The interfaces that every host supplies, as types. */
import { standardTable } from "./capability-table.ts";

/** WIT by package, of all capabilities of our own. */
export const { packages, interfaceOf: hostInterface } = standardTable;
