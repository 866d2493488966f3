/** File of the console as it is answered. */
export interface ConsoleFile {
  /** Media type. */
  readonly type: string;
  /** Digest of its bytes, for an `ETag`. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** The same, compressed; absent where nobody has done that. */
  readonly brotli?: Uint8Array;
  readonly gzip?: Uint8Array;
}

/** Source of the console's files, by their paths below `/console/`; the page is the one with the empty path. Undefined: there is none. */
export interface ConsoleFiles {
  file(path: string): Promise<ConsoleFile | undefined>;
}

/** Media types by the end of a file's name. */
export const mediaTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  ts: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
