export function run(): u32 {
  console.log("x");
  return 1;
}
