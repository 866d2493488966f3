export function run(): u32 {
  Date.now();
  return 1;
}
