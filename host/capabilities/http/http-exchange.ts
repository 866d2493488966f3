/**
 * HTTP exchange: one request that a plugin's handler is to answer. Who has the client at hand implements it (the HTTP
 * layer, an embedder's app, or a process for its host); the `wasi:http/types` of the cell that answers uses it, from one
 * beginning to one end. Nothing in it waits by itself: who finds nothing to read, or no room to write, is called back.
 *
 * Names and values of header fields are texts of one character a byte (Latin-1), one name and one value in turn, as
 * Node's `rawHeaders` has them; names in the case they came in.
 */

/** Header or trailer fields: name, value, name, value. */
export type RawFields = readonly string[];

/** Head of a request: what stands before its body (RFC 9110, section 6). */
export interface RequestHead {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** `Host`, or `:authority`; undefined where the request has none. */
  readonly authority: string | undefined;
  /** Path with query as the handler is to see it: without the prefix that the plugin is served under. */
  readonly target: string;
  /** Without hop-by-hop fields, and without what is the host's own business. */
  readonly fields: RawFields;
}

/** Head of a response, or of an informational one. */
export interface ResponseHead {
  /** 200 to 599, and 1xx for `inform`. */
  readonly status: number;
  readonly fields: RawFields;
}

/** Bytes that come, at most a window of them at a time. */
export interface IncomingBytes {
  /** True where `read` gives bytes, has come to the end, or throws. */
  readonly readable: boolean;
  /**
   * At most `max` bytes that are here, which are the reader's own from then on; none where nothing is here yet; undefined
   * once the body has ended whole. Throws a HotcellError where it broke off, is too large, or came too slowly.
   */
  read(max: number): Uint8Array | undefined;
  /** Calls back once, when it is readable, unless what it returned is called before. */
  whenReadable(callback: () => void): () => void;
  /** Trailer fields; there are none before `read` gave undefined. */
  readonly trailers: RawFields;
  /** Lets what still comes go: nobody wants it. */
  discard(): void;
}

/** Bytes that go to the client. */
export interface OutgoingBytes {
  /** Bytes that may be written now: 64 KiB at least before any were, and 0 while the client is a window behind. */
  readonly room: number;
  /** Takes bytes, no more than there is room for; they are the taker's own from then on. Throws where nobody takes them any more. */
  write(bytes: Uint8Array): void;
  /** Sends what was written without waiting for more, as a guest that flushes wants it. */
  flush(): void;
  /** True while what is written is sent, or kept, without being asked for: who writes need not see to it that it is flushed. */
  readonly held?: boolean;
  /** Calls back once, when there is room or nobody takes bytes any more, unless what it returned is called before. */
  whenRoom(callback: () => void): () => void;
  /** True once nobody takes bytes any more: the client left. */
  readonly closed: boolean;
  /** True where so many bytes more can be held back, and taken back with the response (`HttpExchange.withdraw`); absent: never. */
  holds?(bytes: number): boolean;
  /** Ends the body whole. Throws a HotcellError where it is shorter than its `Content-Length`, and cuts it off. */
  finish(trailers: RawFields | undefined): void;
  /** Cuts it off, so that the client sees that it is not whole. */
  abort(): void;
}

/** Exchange of a request for its response: the contract between a guest's handler and whoever has the client. */
export interface HttpExchange {
  readonly request: RequestHead;
  /** Undefined for a request without a body. */
  readonly body: IncomingBytes | undefined;
  /** Sends an informational response (1xx); does nothing where that can't be sent. */
  inform(head: ResponseHead): void;
  /**
   * Begins the response, once. The head may wait for the first bytes of the body, at the latest until `flush`, or until
   * the guest waits or ends, so that a short answer is sent whole. Throws a HotcellError for one that can't be sent.
   */
  respond(head: ResponseHead): OutgoingBytes;
  /** True where a response with so many bytes could be held back, and taken back; absent: never. */
  holds?(bytes: number): boolean;
  /** Takes back what was held, so that nobody has answered yet. */
  withdraw?(): void;
}
