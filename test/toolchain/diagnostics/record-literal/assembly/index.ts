import { Colour, LineItem, Placed, Shape } from "wit-world";

export function f(i: LineItem, s: Shape): u32 {
  const item: LineItem = { unitPrice: 3, name: "x", colour: Colour.Red };
  const placed = <Placed>{ item, shape: s };
  return item.unitPrice;
}
