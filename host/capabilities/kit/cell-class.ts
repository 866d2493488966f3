import type { Member } from "../capability.ts";

/**
 * Class of one cell for a resource that its guest constructs: `make` makes an instance of `type`, with what the cell
 * adds. All instances of the type are the class's too.
 */
export function cellClass<T extends object>(
  type: { readonly prototype: T },
  // biome-ignore lint/suspicious/noExplicitAny: what a guest passes is typed by WIT.
  make: (...args: any[]) => T,
  statics: Readonly<Record<string, Member>> = {},
): Member {
  const own = function (...args: unknown[]) {
    if (new.target === undefined) throw new TypeError("A class is called as a function.");
    return make(...args);
  };
  own.prototype = type.prototype;
  return Object.assign(own, statics);
}
