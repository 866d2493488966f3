import { Cart, Discount, Problem, Quote, Tier } from "example:pricing/rules@1.0.0";
import { Result } from "wit-types";

/** Ten of one article earn 10 % on it. */
const BULK: u32 = 10;

export function price(cart: Cart): Result<Quote, Problem> {
  if (cart.lines.length == 0) return Result.err<Quote, Problem>(Problem.EmptyCart);
  const discounts: Discount[] = [];
  let subtotal: u64 = 0;
  let hint: string | null = null;
  for (let i = 0; i < cart.lines.length; i++) {
    const line = cart.lines[i];
    if (line.quantity == 0) return Result.err<Quote, Problem>(Problem.ZeroQuantity);
    const amount = <u64>line.unitPrice * line.quantity;
    subtotal += amount;
    if (line.quantity >= BULK) discounts.push(new Discount("bulk " + line.sku, percent(amount, 10)));
    else if (line.quantity == BULK - 1) hint = "One more " + line.sku + " saves 10 % on all of them.";
  }

  const tierPercent = cart.customer == Tier.Gold ? 5 : cart.customer == Tier.Member ? 2 : 0;
  if (tierPercent > 0) discounts.push(new Discount("customer tier", percent(subtotal, tierPercent)));

  const coupon = cart.coupon;
  if (coupon !== null) {
    if (coupon != "WELCOME5" && coupon != "INSIDER") return Result.err<Quote, Problem>(Problem.UnknownCoupon);
    if (coupon == "INSIDER" && cart.customer == Tier.Guest) {
      return Result.err<Quote, Problem>(Problem.CouponNeedsMember);
    }
    discounts.push(new Discount("coupon " + coupon, coupon == "INSIDER" ? percent(subtotal, 15) : 500));
  }

  let total = subtotal;
  for (let i = 0; i < discounts.length; i++) {
    // A discount never makes a price negative.
    const discount = discounts[i];
    if (discount.amount > total) discount.amount = total;
    total -= discount.amount;
  }
  return Result.ok<Quote, Problem>(new Quote(subtotal, discounts, total, hint));
}

/** Rounded down, in the shop's favour. */
function percent(amount: u64, percentage: u64): u64 {
  return (amount * percentage) / 100;
}
