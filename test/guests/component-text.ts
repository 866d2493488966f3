/** Parts of components written as text. */

/** Memory `$memory` and `$realloc`, which gives out memory from 64 KiB upwards and never takes any back. */
export const allocator = `
  (core module $Allocator
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))))
      (if (local.get $old) (then (memory.copy (local.get $at) (local.get $old) (local.get $old-size))))
      (local.get $at)))
  (core instance $allocator (instantiate $Allocator))
  (alias core export $allocator "memory" (core memory $memory))
  (alias core export $allocator "realloc" (core func $realloc))`;

/** Instantiates a core module `$Main` with these functions, which shares the memory and is given `supplied`. */
export function main(functions: string, imports = "", supplied = ""): string {
  return `
    (core module $Main (import "env" "memory" (memory 1)) ${imports} ${functions})
    (core instance $main (instantiate $Main (with "env" (instance
      (export "memory" (memory $memory)) ${supplied}))))`;
}

/** `canon lift` of a function of the main module. */
export function lift(core: string, encoding = "utf8", more = ""): string {
  return `(canon lift (core func $main "${core}") ${options(encoding)} ${more})`;
}

export function options(encoding = "utf8"): string {
  return `(memory $memory) (realloc $realloc) string-encoding=${encoding}`;
}
