/** HMAC-SHA256 (RFC 2104). */
import { BLOCK, Sha256 } from "./sha256";

/** A key that signs any number of messages: what depends on it alone is done once. */
export class HmacKey {
  private inner: Sha256;
  private outer: Sha256;

  constructor(secret: Uint8Array) {
    const key = secret.length > BLOCK ? new Sha256().update(secret).digest() : secret;
    this.inner = new Sha256().update(padded(key, 0x36));
    this.outer = new Sha256().update(padded(key, 0x5c));
  }

  sign(message: Uint8Array): Uint8Array {
    const inner = this.inner.clone().update(message).digest();
    return this.outer.clone().update(inner).digest();
  }
}

/** Compares without telling by its time where the first difference is. */
export function same(a: Uint8Array, b: Uint8Array): bool {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ (i < b.length ? b[i] : 0);
  return difference == 0;
}

function padded(key: Uint8Array, byte: u8): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(key);
  for (let i = 0; i < BLOCK; i++) block[i] ^= byte;
  return block;
}
