@external("env", "helper")
declare function helper(): u32;

export function run(): u32 {
  return helper();
}
