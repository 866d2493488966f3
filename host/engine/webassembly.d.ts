/**
 * The WebAssembly JavaScript API as far as engines use it (W3C "WebAssembly JavaScript Interface"). TypeScript
 * declares it only together with the browser's DOM, whose globals have no place here.
 */
declare namespace WebAssembly {
  type Kind = "function" | "table" | "memory" | "global" | "tag";
  type ValueKind = "i32" | "i64" | "f32" | "f64" | "v128" | "externref" | "anyfunc";
  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Module {
    constructor(bytes: BufferSource);
    static imports(module: Module): { module: string; name: string; kind: Kind }[];
    static exports(module: Module): { name: string; kind: Kind }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { element: "anyfunc" | "externref"; initial: number; maximum?: number });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value?: unknown): void;
    grow(delta: number, value?: unknown): number;
  }
  class Global {
    constructor(descriptor: { value: ValueKind; mutable?: boolean }, value?: unknown);
    value: unknown;
  }
  class Tag {
    constructor(type: { parameters: ValueKind[] });
  }
  /** Form of a guest's `throw` in JavaScript; no subclass of Error. */
  class Exception {
    constructor(tag: Tag, payload: unknown[]);
    is(tag: Tag): boolean;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  /**
   * A function that suspends the WebAssembly which calls it (JavaScript Promise Integration); V8 does so whether it
   * returns a promise or not, and throws where the call did not come through `promising`. Absent before V8 13.7.
   */
  class Suspending {
    constructor(call: () => PromiseLike<void>);
  }
  /** Throws a TypeError for what is no exported function of WebAssembly. */
  function promising(call: unknown): (...args: unknown[]) => Promise<unknown>;

  type BufferSource = ArrayBuffer | Uint8Array;
  function compile(bytes: BufferSource): Promise<Module>;
  function validate(bytes: BufferSource): boolean;
}
