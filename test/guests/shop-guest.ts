/** Guest of a shop: it calls functions that whoever runs its host gives it. */
import { allocator, lift, main, options } from "./component-text.ts";
import { component } from "./small-plugins.ts";

const result = "(result (result u32 (error string)))";

/** WIT of what it imports. */
export const shopWit = `
package acme:shop@1.0.0;

/// The shop's prices.
interface db {
  price: func(item: string) -> result<u32, string>; // in cents
}
`;

/** Gives what the host's \`price\` gives for its argument; \`forever\` calls that without end. */
export function shopGuest(version = "@1.0.0"): Uint8Array {
  return component(`
  (import "acme:shop/db${version}" (instance $db (export "price" (func (param "item" string) ${result}))))
  ${allocator}
  (core func $price (canon lower (func $db "price") ${options()}))
  ${main(
    `(func (export "price") (param i32 i32) (result i32)
      (call $price (local.get 0) (local.get 1) (i32.const 8)) (i32.const 8))
    (func (export "forever") (loop (call $price (i32.const 0) (i32.const 0) (i32.const 8)) (br 0)))`,
    '(import "env" "price" (func $price (param i32 i32 i32)))',
    '(export "price" (func $price))',
  )}
  (func (export "price") (param "item" string) ${result} ${lift("price")})
  (func (export "forever") ${lift("forever")})`);
}
