/**
 * Checks of what a plugin sends, where AssemblyScript lets a variable hold what its WIT type does not have. Without them a
 * hole would be sent as whatever lies at the beginning of memory, and 257 as the second case of an enum. Which function
 * sends it, the host says.
 */

/**
 * Goes into the glue module. The message is put together in static memory: strings and numbers of the library's would
 * make a plugin that has none of its own larger by kilobytes.
 */
export const sentSource = `
const MAX_SAID: usize = 400;
@lazy const saidArea: usize = memory.data(800, 2);
@lazy let said: usize = 0;

function say(text: string): void {
  const length = min(<usize>text.length, MAX_SAID - said);
  memory.copy(saidArea + (said << 1), changetype<usize>(text), length << 1);
  said += length;
}

function sayNumber(value: i32): void {
  if (value < 0) say("-");
  const size = <u32>(value < 0 ? -value : value);
  let power: u32 = 1;
  while (size / power >= 10) power *= 10;
  for (; power; power /= 10) {
    if (said < MAX_SAID) store<u16>(saidArea + (said++ << 1), <u16>(48 + size / power % 10));
  }
}

function refuse(end: string): void {
  say(end);
  store<usize>(abortArea, saidArea);
  store<usize>(abortArea, said, 4);
  unreachable();
}

export function refuseHole(index: i32, list: string): void {
  say("nothing is at index ");
  sayNumber(index);
  say(" of an ");
  say(list);
  refuse(": fill every element before it is sent");
}

// Nearly every plugin sends a string: this one brings no more than its text.
export function refuseNull(): void {
  const text = "what is sent is null: set it before it is sent";
  store<usize>(abortArea, changetype<usize>(text));
  store<usize>(abortArea, text.length, 4);
  unreachable();
}

export function refuseLength(actual: i32, expected: i32, list: string): void {
  say("a list of exactly ");
  sayNumber(expected);
  say(" was expected, not an ");
  say(list);
  say(" of ");
  sayNumber(actual);
  refuse("");
}

function refuseNumber(value: i32, name: string, has: string, last: i32): void {
  sayNumber(value);
  say(" is no ");
  say(name);
  say(has);
  sayNumber(last);
  refuse("");
}

export function enumValue(value: i32, count: i32, name: string): i32 {
  if (<u32>value >= <u32>count) refuseNumber(value, name, ", which has 0 to ", count - 1);
  return value;
}

export function flagsValue(value: i32, mask: i32, name: string): i32 {
  if (value & ~mask) refuseNumber(value, name, ", which has bits up to ", mask);
  return value;
}

export function charValue(value: i32): i32 {
  if (<u32>value > 0x10FFFF || (value & ~0x7FF) == 0xD800) {
    sayNumber(value);
    refuse(" is no character: surrogates are none, nor is what is above 0x10FFFF");
  }
  return value;
}
`;
