import { find, Problem, reserve } from "acme:shop/db@1.0.0";

export function offer(name: string, count: u32): string {
  const found = find(name);
  if (found.isErr) return name + (found.unwrapErr() == Problem.SoldOut ? " is sold out" : " is not known");
  const reserved = reserve(name, count);
  if (reserved.isErr) return name + " is sold out";
  const price = found.unwrap().price * count;
  const cents = count >= 10 ? price - price / 10 : price;
  return count.toString() + " " + name + " for " + cents.toString() + " cents";
}
