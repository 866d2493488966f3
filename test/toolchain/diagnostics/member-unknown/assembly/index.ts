import { Access, Colour, LineItem, Shape } from "wit-world";
import { Bucket } from "demo:hints/store";
import { Option } from "wit-types";

export function f(i: LineItem, s: Shape): u32 {
  i.unit_price = 3;
  const weight = i.weight;
  const colour = Colour.DARK_GREEN;
  const access = Access.read;
  const shape = Shape.roundedbox(1);
  const box = s.asRoundedBx();
  const none = Option.none<u32>().is_none;
  const bucket = changetype<Bucket>(0);
  bucket.get_key("a");
  bucket.dispose();
  return Bucket.counts();
}
