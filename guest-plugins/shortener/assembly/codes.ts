const DIGITS: string = "0123456789abcdefghijkmnopqrstuvwxyz"; // no l, which is read as 1
const LENGTH: i32 = 6;

/** Code of a URL: the same one each time, and another one for each attempt. Two URLs may have one code. */
export function codeOf(url: string, attempt: i32): string {
  // FNV-1a of 64 bits, over the code units.
  let hash: u64 = 0xcbf29ce484222325 ^ <u64>attempt;
  for (let i = 0; i < url.length; i++) hash = (hash ^ <u64>url.charCodeAt(i)) * 0x100000001b3;
  // The upper bits are the better ones.
  hash ^= hash >> 32;
  let code = "";
  for (let i = 0; i < LENGTH; i++) {
    code += DIGITS.charAt(<i32>(hash % <u64>DIGITS.length));
    hash /= DIGITS.length;
  }
  return code;
}
