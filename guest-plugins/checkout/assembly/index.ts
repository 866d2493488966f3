import { Line, Receipt } from "example:checkout/types@1.0.0";
import { rateFor } from "example:tax/rates@1.0.0";
import { Result } from "wit-types";

export function total(country: string, lines: Line[]): Result<Receipt, string> {
  let net: u64 = 0;
  let tax: u64 = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    // A call of the other plugin. What that returns as an error is for us to look at.
    const rate = rateFor(country, line.kind);
    if (rate.isErr) return Result.err<Receipt, string>("no tax is known for " + country);
    net += line.net;
    tax += (line.net * rate.unwrap() + 500) / 1000;
  }
  return Result.ok<Receipt, string>(new Receipt(net, tax, net + tax));
}
