/** Modules made to exhaust whoever compiles or instantiates them. Each is refused for `subject`. */

import { assemble } from "../support/hardened.ts";
import { functionModule, times } from "./core-bytes.ts";

export interface Hostile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly subject: string;
}

const loop = [0x03, 0x40, 0x41, 0x00, 0x0d, 0x00, 0x0b];
const block = [0x02, 0x40, 0x41, 0x00, 0x0d, 0x00, 0x0b];
const push = [0x41, 0x00];
const drop = [0x1a];

export const hostile: readonly Hostile[] = [
  {
    name: "60 tables of 10 million elements",
    bytes: assemble(`(module ${"(table 10000000 funcref) ".repeat(60)})`),
    subject: "table elements",
  },
  { name: "4 GiB of memory", bytes: assemble("(module (memory 65536))"), subject: "bytes of memory" },
  { name: "50,000 locals", bytes: functionModule([], 50_000), subject: "locals in a function" },
  {
    name: "2,000 locals at 2,000 loops",
    bytes: functionModule(times(2000, loop), 2000),
    subject: "live values at the control instructions of a function",
  },
  {
    name: "5,000 operands at 5,000 blocks",
    bytes: functionModule([...times(5000, push), ...times(5000, block), ...times(5000, drop)]),
    subject: "live values at the control instructions of a function",
  },
  {
    name: "the same spread over 40 functions",
    bytes: assemble(`(module ${`(func ${"(local i64)".repeat(1000)} ${"(loop)".repeat(900)})`.repeat(40)})`),
    subject: "live values at all its control instructions",
  },
  {
    name: "200,000 targets of one br_table",
    bytes: functionModule([0x41, 0x00, 0x0e, 0xc0, 0x9a, 0x0c, ...times(200_001, [0x00])]),
    subject: "targets of one br_table",
  },
  {
    name: "10,000 blocks inside one another",
    bytes: functionModule([...times(10_000, [0x02, 0x40]), ...times(10_000, [0x0b])]),
    subject: "nested blocks in a function",
  },
  {
    name: "a body of 1 MiB",
    bytes: functionModule(times(1024 * 1024, [0x01])),
    subject: "bytes in a function's body",
  },
  {
    name: "50,000 small loops in one body",
    bytes: functionModule(times(50_000, [0x03, 0x40, 0x0b])),
    subject: "loops in a function",
  },
  {
    name: "20,000 times memory.grow in one body",
    bytes: functionModule(times(20_000, [0x41, 0x00, 0x40, 0x00, 0x1a])),
    subject: "bytes in a function's body once it is metered",
  },
];
