// A module's variables live as long as the plugin's cell: from call to call, until another version is live.
let count: u64 = 0;

/** `increment` in wit/world.wit. */
export function increment(by: u32): u64 {
  count += by;
  return count;
}

/** `value` in wit/world.wit. */
export function value(): u64 {
  return count;
}
