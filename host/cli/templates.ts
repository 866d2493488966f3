/** What a new plugin can begin as. */

import type { Checks } from "../registry/checks.ts";

interface TemplateNames {
  /** As WIT writes them: keywords marked with `%`. */
  readonly package: string;
  readonly world: string;
  /** The id of an interface of the plugin's package, as it is imported in AssemblyScript. */
  interfaceId(name: string): string;
}

export interface TemplateFiles {
  readonly wit: string;
  /** Path in `wit/deps` → text. */
  readonly deps?: Readonly<Record<string, string>>;
  readonly source: string;
  readonly checks: Checks;
}

interface Template {
  /** Ends the sentence "A plugin that". */
  readonly summary: string;
  files(names: TemplateNames): TemplateFiles;
}

const functionTemplate: Template = {
  summary: "takes a string and returns one",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  /// A greeting for somebody.
  export greet: func(name: string) -> string;
}
`,
    source: `/** One exported function for each that wit/world.wit exports. */
export function greet(name: string): string {
  return "Hello, " + name + "!";
}
`,
    checks: {
      calls: [
        { call: "greet", args: ["Ada"], returns: "Hello, Ada!" },
        { call: "greet", args: { name: "世界" }, returns: "Hello, 世界!" },
      ],
    },
  }),
};

const wallClock = `package wasi:clocks@0.2.0;

interface wall-clock {
  /// Seconds and nanoseconds since 1970-01-01T00:00:00Z.
  record datetime {
    seconds: u64,
    nanoseconds: u32,
  }

  now: func() -> datetime;
  resolution: func() -> datetime;
}
`;

const clockTemplate: Template = {
  summary: "reads the clock, a capability that its host must grant",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  import wasi:clocks/wall-clock@0.2.0;

  /// The current time as RFC 3339 has it.
  export get-time: func() -> string;
}
`,
    deps: { "clocks/wall-clock.wit": wallClock },
    source: `import { now } from "wasi:clocks/wall-clock@0.2.0";

export function getTime(): string {
  const iso = new Date(<i64>now().seconds * 1000).toISOString();
  return iso.substring(0, 19) + "Z";
}
`,
    checks: {
      settings: { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } },
      calls: [{ call: "get-time", args: [], returns: "2026-11-22T10:15:02Z" }],
    },
  }),
};

const interfaceTemplate: Template = {
  summary: "exports an interface with records and results",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  export shop;
}

interface shop {
  record line {
    article: string,
    /// Cents.
    unit-price: u32,
    quantity: u32,
  }

  record bill {
    lines: u32,
    /// Cents.
    total: u64,
  }

  enum problem { nothing-ordered, zero-quantity }

  add-up: func(lines: list<line>) -> result<bill, problem>;
}
`,
    source: `import { Bill, Line, Problem } from "${names.interfaceId("shop")}";
import { Result } from "wit-types";

export function addUp(lines: Array<Line>): Result<Bill, Problem> {
  if (lines.length == 0) return Result.err<Bill, Problem>(Problem.NothingOrdered);
  let total: u64 = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.quantity == 0) return Result.err<Bill, Problem>(Problem.ZeroQuantity);
    total += <u64>line.unitPrice * line.quantity;
  }
  return Result.ok<Bill, Problem>(new Bill(lines.length, total));
}
`,
    checks: {
      calls: [
        {
          call: "shop/add-up",
          args: [
            [
              { article: "mug", unitPrice: 1250, quantity: 2 },
              { article: "pen", unitPrice: 199, quantity: 1 },
            ],
          ],
          returns: { lines: 2, total: 2699 },
        },
        { call: "shop/add-up", args: { lines: [] }, err: "nothing-ordered" },
        {
          call: "shop/add-up",
          args: [[{ article: "mug", unitPrice: 1250, quantity: 0 }]],
          err: "zero-quantity",
        },
      ],
    },
  }),
};

export const templates: ReadonlyMap<string, Template> = new Map([
  ["function", functionTemplate],
  ["clock", clockTemplate],
  ["interface", interfaceTemplate],
]);

export const templateNames = [...templates.keys()] as [string, ...string[]];
