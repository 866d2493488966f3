/** Opcodes by name, as far as code is written with them or told apart by them (Core spec, Binary Format / Instructions). */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  callRef: 0x14,
  drop: 0x1a,
  select: 0x1b,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32LeU: 0x4d,
  i64LtS: 0x53,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32Or: 0x72,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  refNull: 0xd0,
  refFunc: 0xd2,
  refAsNonNull: 0xd4,
  // Prefixes: garbage collection, bulk operations and saturating truncation, vectors, threads.
  collected: 0xfb,
  bulk: 0xfc,
  vector: 0xfd,
  thread: 0xfe,
} as const;

/** Opcodes after `op.bulk`. */
export const bulkOp = { tableSize: 0x10 } as const;
/** Opcodes after `op.vector`. */
export const vectorOp = { const: 0x0c } as const;
/** A clause of `tryTable` that catches everything and gives nothing. */
export const catchAll = 0x02;
