/** Body of a `realloc` that takes upwards from the global `$top`, grows the memory as needed and never frees. */
export const bumpAllocation = `
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))))))
      (memory.copy (local.get $at) (local.get 0) (local.get 1))
      (local.get $at)`;
