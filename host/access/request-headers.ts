/** Header of a request, as whoever judges the request reads it: that of a web `Request`, or of Node's. Names come in lower case. */
export interface RequestHeaders {
  /** Values of all lines of that name, with commas between them; null where there is none. */
  get(name: string): string | null;
}
