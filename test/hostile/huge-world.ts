/** A plugin whose world and docs are as large as they may be. */
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { component } from "../guests/small-plugins.ts";

const names = Array.from({ length: 60 }, (_, i) => `"${"n".repeat(20)}${i}"`).join(" ");
const functions = Array.from({ length: 1_500 }, (_, i) => `f${i}`);
/** A component with as many functions as it can have of a type that is large, and docs that are markup. */
export const hugeWorld = (): Uint8Array<ArrayBuffer> =>
  withSections(
    component(`
    (type $e' (enum ${names})) (export $e "e" (type $e'))
    (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    ${functions.map((name) => `(func (export "${name}") (param "v" $e) (result $e) (canon lift (core func $i "f")))`).join("\n")}`),
    [
      [
        "package-docs",
        packageDocs({
          worlds: {
            root: {
              func_exports: Object.fromEntries(
                functions.slice(0, 800).map((name) => [name, "<&\n".repeat(60)]),
              ),
            },
          },
        }),
      ],
    ],
  );
