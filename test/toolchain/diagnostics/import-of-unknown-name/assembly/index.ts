import { warn } from "wit-world";
import { Result } from "wit-types";
import { Item } from "demo:shop/prices@1.0.0";

export function getName(id: u32): string {
  warn("x");
  return id.toString();
}

export function total(items: Item[], coupon: string | null): Result<u64, string> {
  return coupon ? Result.err<u64, string>(coupon) : Result.ok<u64, string>(items.length);
}
