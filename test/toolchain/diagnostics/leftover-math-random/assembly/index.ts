export function run(): u32 {
  Math.random();
  return 1;
}
