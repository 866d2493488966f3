/**
 * Function of a core module that returns a `result<u32, string>` at 16: the quotient, or the text of this length that lies
 * at 64. `before` is run first.
 */
export const divide = (length: number, before = "") => `
    (func (export "divide") (param i32 i32) (result i32)
      ${before}
      (if (local.get 1)
        (then
          (i32.store8 (i32.const 16) (i32.const 0))
          (i32.store (i32.const 20) (i32.div_u (local.get 0) (local.get 1))))
        (else
          (i32.store8 (i32.const 16) (i32.const 1))
          (i32.store (i32.const 20) (i32.const 64))
          (i32.store (i32.const 24) (i32.const ${length}))))
      (i32.const 16))`;
