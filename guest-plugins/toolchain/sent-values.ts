/**
 * Checks of what a plugin sends, where AssemblyScript lets a variable hold what its WIT type does not have. Without them a
 * hole would be sent as whatever lies at the beginning of memory, and 257 as the second case of an enum. Which function
 * sends it, the host says.
 */

/** Goes into the glue module. */
export const sentSource = `
function refuse(message: string): void { abort(message, null, 0, 0); }

export function refuseHole(index: i32, list: string): void {
  refuse("nothing is at index " + index.toString() + " of an " + list + ": fill every element before it is sent");
}

export function refuseLength(actual: i32, expected: i32, list: string): void {
  refuse("a list of exactly " + expected.toString() + " was expected, not an " + list + " of " + actual.toString());
}

export function enumValue(value: i32, count: i32, name: string): i32 {
  if (<u32>value >= <u32>count) refuse(value.toString() + " is no " + name + ", which has 0 to " + (count - 1).toString());
  return value;
}

export function flagsValue(value: i32, mask: i32, name: string): i32 {
  if (value & ~mask) refuse(value.toString() + " is no " + name + ", which has bits up to " + mask.toString());
  return value;
}

export function charValue(value: i32): i32 {
  if (<u32>value > 0x10FFFF || (value & ~0x7FF) == 0xD800) refuse(value.toString() + " is no character: surrogates are none, nor is what is above 0x10FFFF");
  return value;
}
`;
