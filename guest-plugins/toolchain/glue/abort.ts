/**
 * Message of a plugin that aborted, for a host that finds it dead: without an import, which the world would have to
 * declare. `abort` leaves its arguments in static memory, and the core module exports the address of that place as an
 * immutable i32 global. Six 32-bit words lie there, all zero until abort is called: address and length of the message,
 * address and length of the file's name (lengths in UTF-16 code units), line, column. Hosts that know nothing of it
 * see a trap by `unreachable`, as ever.
 */

/** Under this name the core module exports the address. wit-component lets exports pass that no world declares. */
export const abortExport = "hotcell:abort";

/** Goes into the glue module: `abort`, as asc calls it, and `abortArea`. */
export const abortSource = `
@lazy export const abortArea: usize = memory.data(24, 8);

export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  store<usize>(abortArea, changetype<usize>(message));
  store<i32>(abortArea, message ? message.length : 0, 4);
  store<usize>(abortArea, changetype<usize>(file), 8);
  store<i32>(abortArea, file ? file.length : 0, 12);
  store<u32>(abortArea, line, 16);
  store<u32>(abortArea, column, 20);
  unreachable();
}
`;
