export function run(): u32 {
  process.hrtime();
  return 1;
}
