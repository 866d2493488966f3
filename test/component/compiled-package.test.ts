import { describe, expect, it } from "vitest";
import { decodeWitPackage } from "../../host/component/compiled-package.ts";
import { parsePackage } from "../../host/wit/text/declaration.ts";
import { printPackageOf } from "../../host/wit/text/print.ts";
import { component } from "../guests/small-plugins.ts";

/** Two interfaces, of which the one that comes first uses the other's types, and one of another package's. */
const compiled = component(`
  (type (component
    (type (instance (export "error" (type (sub resource)))))
    (import "wasi:io/error@0.2.0" (instance $error (type 0)))
    (type (instance
      (export "cart" (type (sub resource)))
      (type (record (field "name" string) (field "price" u32)))
      (export "good" (type (eq 1)))))
    (import "acme:shop/types@1.0.0" (instance $types (type 1)))
    (alias export $types "cart" (type $cart))
    (alias export $types "good" (type $good))
    (alias export $error "error" (type $err))
    (type (instance
      (alias outer 1 $cart (type $c)) (export "cart" (type $cart (eq $c)))
      (alias outer 1 $good (type $g)) (export "good" (type $good (eq $g)))
      (alias outer 1 $err (type $e)) (export "error" (type $err (eq $e)))
      (type (borrow $cart))
      (type (own $err))
      (type (result $good (error 7)))
      (type (func (param "cart" 6) (result 8)))
      (export "first" (func (type 9)))))
    (export "acme:shop/aisle@1.0.0" (instance (type 5)))))
  (export "aisle" (type 0))
  (type (component
    (type (instance
      (export "cart" (type $cart (sub resource)))
      (type (record (field "name" string) (field "price" u32)))
      (export "good" (type (eq 1)))
      (type (own $cart))
      (type (func (result 3)))
      (export "[constructor]cart" (func (type 4)))
      (type (borrow $cart))
      (type (func (param "self" 5) (param "of" 2)))
      (export "[method]cart.add" (func (type 6)))))
    (export "acme:shop/types@1.0.0" (instance (type 0)))))
  (export "types" (type 2))`);

const text = `package acme:shop@1.0.0;

interface types {
  resource cart {
    constructor();
    add: func(of: good);
  }
  record good {
    name: string,
    price: u32,
  }
}

interface aisle {
  use types.{cart, good};
  use wasi:io/error@0.2.0.{error};
  first: func(cart: borrow<cart>) -> result<good, error>;
}
`;

describe("a compiled WIT package", () => {
  it("is read with each interface after those that it uses", () => {
    const { name, interfaces } = decodeWitPackage(compiled);
    expect(name).toBe("acme:shop@1.0.0");
    expect(printPackageOf(name, interfaces)).toBe(text);
  });

  it("is the same as its text, once that is parsed", () => {
    const error = { kind: "type", name: "error" } as const;
    const owner = { interface: "wasi:io/error@0.2.0", direction: "import" } as const;
    const io = {
      items: [{ ...error, definition: { name: "error", owner, body: { kind: "resource" } as const } }],
    };
    const parsed = parsePackage(text, () => io);
    expect(printPackageOf("acme:shop@1.0.0", parsed)).toBe(text);
  });
});
