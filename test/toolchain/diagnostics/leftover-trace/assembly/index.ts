export function run(): u32 {
  trace("x", 1, 2);
  return 1;
}
