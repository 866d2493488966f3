/** Plugins that are linked to one another: one that knows tax rates, one that asks it, and chains of those that only pass on. */
import { buildComponent } from "../support/plugin-build.ts";

/** WIT of what is linked, at that version; `functions` in place of the usual ones. */
function rates(version: string, functions = usual): string {
  return `package acme:tax@${version};\ninterface rates { ${functions} }`;
}

const usual = `
  rate-for: func(country: string) -> result<u32, string>;
  echo: func(text: string) -> string;
  count: func() -> u32;
  sum: func(numbers: list<u32>) -> u64;
  boom: func();
  spin: func();`;

export interface TaxOptions {
  readonly version?: string;
  /** WIT of its functions, and the AssemblyScript of those that differ from the usual ones. */
  readonly functions?: string;
  readonly source?: string;
  /** Added to what it answers for a rate: which version did. */
  readonly added?: number;
}

/** Tax rates: `rateFor` gives 20 for `at`, and an error for what it does not know; `count` counts its own calls. */
export function tax({
  version = "1.0.0",
  functions,
  source,
  added = 0,
}: TaxOptions = {}): Promise<Uint8Array> {
  return buildComponent({
    files: {
      "wit/deps/tax/tax.wit": rates(version, functions),
      "wit/world.wit": `package t:tax@1.0.0;\nworld tax { export acme:tax/rates@${version}; }`,
      "assembly/index.ts":
        source ??
        `import { Result } from "wit-types";
        let calls: u32 = 0;
        export function rateFor(country: string): Result<u32, string> {
          if (country == "at") return Result.ok<u32, string>(20 + ${added});
          return Result.err<u32, string>("no rate for " + country);
        }
        export function echo(text: string): string { return text; }
        export function count(): u32 { return ++calls; }
        export function sum(numbers: Uint32Array): u64 {
          let total: u64 = 0;
          for (let i = 0; i < numbers.length; i++) total += numbers[i];
          return total;
        }
        export function boom(): void { throw new Error("the secret is hunter2"); }
        export function spin(): void { while (true) {} }`,
    },
  });
}

/** Asks `acme:tax/rates` for each of its own functions: `price`, `echo`, `count`, `sum`, `boom`, `spin`, and `deep`, from deep in its stack. */
export function checkout(version = "1.0.0"): Promise<Uint8Array> {
  return buildComponent({
    files: {
      "wit/deps/tax/tax.wit": rates(version),
      "wit/world.wit": `package t:checkout@1.0.0;
        world checkout {
          import acme:tax/rates@${version};
          export price: func(net: u32, country: string) -> result<u32, string>;
          export echo: func(text: string) -> string;
          export count: func() -> u32;
          export sum: func(length: u32) -> u64;
          export boom: func();
          export spin: func();
          export deep: func(frames: u32) -> u32;
          export local: func() -> u32;
        }`,
      "assembly/index.ts": `import { Result } from "wit-types";
        import * as rates from "acme:tax/rates@${version}";
        let calls: u32 = 0;
        export function price(net: u32, country: string): Result<u32, string> {
          const rate = rates.rateFor(country);
          if (rate.isErr) return Result.err<u32, string>("tax: " + rate.error);
          return Result.ok<u32, string>(net + (net * rate.unwrap()) / 100);
        }
        export function echo(text: string): string { return rates.echo(text); }
        export function count(): u32 { return rates.count(); }
        export function sum(length: u32): u64 { return rates.sum(new Uint32Array(length).fill(1)); }
        export function boom(): void { rates.boom(); }
        export function spin(): void { rates.spin(); }
        export function deep(frames: u32): u32 { return frames == 0 ? rates.count() : 1 + deep(frames - 1); }
        export function local(): u32 { return ++calls; }`,
    },
  });
}

/** Has all functions of `acme:tax/rates`, and passes each call on to the plugin that it is linked to for the same. */
export function passing(): Promise<Uint8Array> {
  return buildComponent({
    files: {
      "wit/deps/tax/tax.wit": rates("1.0.0"),
      "wit/world.wit": `package t:passing@1.0.0;
        world passing { import acme:tax/rates@1.0.0; export acme:tax/rates@1.0.0; }`,
      "assembly/index.ts": `import { Result } from "wit-types";
        import * as rates from "acme:tax/rates@1.0.0";
        export function rateFor(country: string): Result<u32, string> { return rates.rateFor(country); }
        export function echo(text: string): string { return rates.echo(text); }
        export function count(): u32 { return rates.count(); }
        export function sum(numbers: Uint32Array): u64 { return rates.sum(numbers); }
        export function boom(): void { rates.boom(); }
        export function spin(): void { rates.spin(); }`,
    },
  });
}
