/** File systems of other machines, by the numbers that Linux has for kinds (statfs(2)). */
const names: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "SMB"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** Name of a kind of file system that is over a network; undefined for others, and where it can't be told. */
export function networkFileSystem(type: number): string | undefined {
  // Some are negative where a number has 32 bits.
  return names.get(type >>> 0);
}
