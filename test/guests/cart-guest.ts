/** Guest of a shop that hands it resources: carts, which are objects of whoever runs its host. */
import { allocator, lift, main, options } from "./component-text.ts";
import { component } from "./small-plugins.ts";

/** WIT of what it imports. */
export const cartWit = `
package acme:shop@1.0.0;

interface carts {
  resource cart {
    constructor(owner: string);
    add: func(item: string) -> u32;
    settle: func() -> u32;
    find: static func(owner: string) -> option<cart>;
  }
  open: func(count: u32) -> list<cart>;
  checkout: func(cart: cart) -> u32;
  total: func(one: borrow<cart>, other: borrow<cart>) -> u32;
}
`;

/**
 * `fill` makes a cart for its argument, puts "tea" into it twice, settles and drops it; `find` finds one, and drops it; `keep` keeps a
 * new one, which `total`, `pay` and `leave` are about; `open` opens so many and keeps all; `forever` makes and drops them
 * without end.
 */
export function cartGuest(): Uint8Array {
  return component(`
  (import "acme:shop/carts@1.0.0" (instance $carts
    (export "cart" (type $cart (sub resource)))
    (export "[constructor]cart" (func (param "owner" string) (result (own $cart))))
    (export "[method]cart.add" (func (param "self" (borrow $cart)) (param "item" string) (result u32)))
    (export "[method]cart.settle" (func (param "self" (borrow $cart)) (result u32)))
    (export "[static]cart.find" (func (param "owner" string) (result (option (own $cart)))))
    (export "open" (func (param "count" u32) (result (list (own $cart)))))
    (export "checkout" (func (param "cart" (own $cart)) (result u32)))
    (export "total" (func (param "one" (borrow $cart)) (param "other" (borrow $cart)) (result u32)))))
  (alias export $carts "cart" (type $cart))
  ${allocator}
  (core func $make (canon lower (func $carts "[constructor]cart") ${options()}))
  (core func $add (canon lower (func $carts "[method]cart.add") ${options()}))
  (core func $settle (canon lower (func $carts "[method]cart.settle")))
  (core func $find (canon lower (func $carts "[static]cart.find") ${options()}))
  (core func $open (canon lower (func $carts "open") ${options()}))
  (core func $checkout (canon lower (func $carts "checkout")))
  (core func $total (canon lower (func $carts "total")))
  (core func $drop (canon resource.drop $cart))
  ${main(
    `(global $kept (mut i32) (i32.const 0))
    (data (i32.const 64) "tea")
    (func (export "fill") (param i32 i32) (result i32) (local $cart i32) (local $sum i32)
      (local.set $cart (call $make (local.get 0) (local.get 1)))
      (drop (call $add (local.get $cart) (i32.const 64) (i32.const 3)))
      (drop (call $add (local.get $cart) (i32.const 64) (i32.const 3)))
      (local.set $sum (call $settle (local.get $cart)))
      (call $drop (local.get $cart))
      (local.get $sum))
    (func (export "find") (param i32 i32) (result i32)
      (call $find (local.get 0) (local.get 1) (i32.const 8))
      (if (i32.load8_u (i32.const 8)) (then (call $drop (i32.load (i32.const 12)))))
      (i32.load8_u (i32.const 8)))
    (func (export "keep") (param i32 i32)
      (global.set $kept (call $make (local.get 0) (local.get 1)))
      (drop (call $add (global.get $kept) (i32.const 64) (i32.const 3))))
    (func (export "total") (result i32) (call $total (global.get $kept) (global.get $kept)))
    (func (export "pay") (result i32) (call $checkout (global.get $kept)))
    (func (export "leave") (call $drop (global.get $kept)))
    (func (export "open") (param i32) (result i32)
      (call $open (local.get 0) (i32.const 8)) (i32.load (i32.const 12)))
    (func (export "forever") (loop (call $drop (call $make (i32.const 64) (i32.const 3))) (br 0)))`,
    `(import "env" "make" (func $make (param i32 i32) (result i32)))
    (import "env" "add" (func $add (param i32 i32 i32) (result i32)))
    (import "env" "settle" (func $settle (param i32) (result i32)))
    (import "env" "find" (func $find (param i32 i32 i32)))
    (import "env" "open" (func $open (param i32 i32)))
    (import "env" "checkout" (func $checkout (param i32) (result i32)))
    (import "env" "total" (func $total (param i32 i32) (result i32)))
    (import "env" "drop" (func $drop (param i32)))`,
    `(export "make" (func $make)) (export "add" (func $add)) (export "settle" (func $settle))
    (export "find" (func $find)) (export "open" (func $open)) (export "checkout" (func $checkout))
    (export "total" (func $total)) (export "drop" (func $drop))`,
  )}
  (func (export "fill") (param "owner" string) (result u32) ${lift("fill")})
  (func (export "find") (param "owner" string) (result u32) ${lift("find")})
  (func (export "keep") (param "owner" string) ${lift("keep")})
  (func (export "total") (result u32) ${lift("total")})
  (func (export "pay") (result u32) ${lift("pay")})
  (func (export "leave") ${lift("leave")})
  (func (export "open") (param "count" u32) (result u32) ${lift("open")})
  (func (export "forever") ${lift("forever")})`);
}
