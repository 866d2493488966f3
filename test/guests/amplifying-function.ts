/** Function of a core module that returns 4,096 lists of 4,096 lists of 4,096 bytes, in 64 KiB. */
export const amplifyingFunction = `
  (func (export "go") (result i32) (local $i i32)
    (loop $fill
      (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 0))
      (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const 4096))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
    (i32.const 0))`;
