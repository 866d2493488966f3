import { Kind, Problem } from "example:tax/rates@1.0.0";
import { Result } from "wit-types";

/** Per mille: standard, reduced. */
const rates = new Map<string, StaticArray<u32>>();
rates.set("AT", [200, 100]);
rates.set("DE", [190, 70]);
rates.set("FR", [200, 55]);

export function rateFor(country: string, kind: Kind): Result<u32, Problem> {
  if (!rates.has(country)) return Result.err<u32, Problem>(Problem.unknownCountry(country));
  const known = rates.get(country);
  return Result.ok<u32, Problem>(kind == Kind.Zero ? 0 : known[kind == Kind.Standard ? 0 : 1]);
}
