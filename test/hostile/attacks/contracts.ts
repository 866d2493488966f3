/** Worlds that would make contracts nobody can compare, show or keep, and what each is refused with. */
import type { ErrorCode } from "../../../host/errors.ts";
import { many } from "../../guests/hostile-text.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";

interface HostileContract {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly code: ErrorCode;
}

const world = (items: string) => componentTypeOf(dummyModule(`package a:b; ${items}`));

/** World whose functions are many, and long to tell of. */
export const wideContract = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    world(
      `world w { ${many(500, (n) => `export g${n}: func(a: ${"option<".repeat(20)}u8${">".repeat(20)});`).join(" ")} }`,
    ),
  );

export const contracts: readonly HostileContract[] = [
  {
    name: "a type whose parts double with every step",
    bytes: () =>
      world(
        `interface i { ${many(20, (n) => `record r${n} { a: r${n + 1}, b: r${n + 1} }`).join(" ")}
          record r20 { a: u8 } f: func(a: r0); } world w { export i; }`,
      ),
    code: "component-limit",
  },
  {
    name: "a type that is nested without end",
    bytes: () =>
      world(
        `interface i { type t0 = u8; ${many(500, (n) => `type t${n + 1} = option<t${n}>;`).join(" ")}
          f: func(a: t500); } world w { export i; }`,
      ),
    code: "component-limit",
  },
  {
    name: "a text that is far larger than its bytes",
    bytes: () =>
      world(
        `world w { type ${"x".repeat(3000)} = u8; ${many(1500, (n) => `export g${n}: func(a: ${"x".repeat(3000)});`).join(" ")} }`,
      ),
    code: "component-limit",
  },
  {
    name: "imports only",
    bytes: () => world(`world w { ${many(500, (n) => `import g${n}: func();`).join(" ")} }`),
    code: "bad-request",
  },
  { name: "a core module", bytes: () => Buffer.from("\0asm\x01\0\0\0", "latin1"), code: "core-module" },
  {
    name: "half a world",
    bytes: () => world("world w { export f: func(); }").subarray(0, 60),
    code: "malformed-component",
  },
  {
    name: "a section that says it is endless",
    bytes: () => Buffer.from("\0asm\r\0\x01\0\x07\xff\xff\xff\xff\x0f", "latin1"),
    code: "malformed-component",
  },
  { name: "nothing", bytes: () => Buffer.alloc(0), code: "not-wasm" },
  { name: "a megabyte", bytes: () => Buffer.alloc(2 ** 20), code: "too-large" },
];
