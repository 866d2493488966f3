/** `wasi:random`, as WASI 0.2 publishes it. */
export const randomWit = `
package wasi:random@0.2.12;

interface insecure-seed {
  insecure-seed: func() -> tuple<u64, u64>;
}

interface insecure {
  get-insecure-random-bytes: func(len: u64) -> list<u8>;
  get-insecure-random-u64: func() -> u64;
}

interface random {
  get-random-bytes: func(len: u64) -> list<u8>;
  get-random-u64: func() -> u64;
}
`;
