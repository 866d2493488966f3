/**
 * Ends guest code so that it can't go on. JavaScript exceptions can be caught by a guest's `catch_all`; what
 * WebAssembly itself throws when it traps can't, also when JavaScript throws the same object again.
 */

/** (module (func (export "f") unreachable)) */
const unreachable = new WebAssembly.Module(
  Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
    ...[0x0a, 0x05, 0x01, 0x03, 0x00, 0x00, 0x0b],
  ),
);
const trap = new WebAssembly.Instance(unreachable).exports.f as () => never;

export function uncatchable(): unknown {
  try {
    return trap();
  } catch (thrown) {
    return thrown;
  }
}
