export function run(): u32 {
  console.error("x");
  return 1;
}
