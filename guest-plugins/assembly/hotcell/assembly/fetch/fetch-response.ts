// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Fields, IncomingResponse } from "wasi:http/types";
import { Tuple2 } from "wit-types";
import { Json } from "../http/json-value";
import { sameName, textOf } from "../http/texts";
import { FetchError } from "./fetch-error";
import { ResponseReader } from "./response-reader";

/** Bytes that a body may have which is taken whole, unless its reader says otherwise. */
const MAX_BODY: i32 = 4 * 1024 * 1024;

/**
 * What came of a request: a response of whatever status, or the error for which there is none. Read its body to the end, or
 * `drop` it: until then it counts among the requests that are under way.
 */
@final export class FetchResponse {
  /** 100 to 999; 0 where there is no response. */
  readonly status: i32;
  private entries: Array<Tuple2<string, Uint8Array>>;
  private reader: ResponseReader | null = null;
  private failure: FetchError | null;

  constructor(response: IncomingResponse | null, error: FetchError | null, asked: string) {
    this.failure = error;
    this.entries = [];
    this.status = 0;
    if (response) {
      this.status = response.status();
      const headers = response.headers();
      this.entries = headers.entries();
      headers.drop();
      this.reader = new ResponseReader(response.consume().unwrap(), asked);
      response.drop();
    }
  }

  /** True for a response with a status of 200 to 299. */
  get ok(): bool {
    return this.status >= 200 && this.status <= 299;
  }

  /** Why there is no response, or its body is not whole; null where nothing went wrong so far. */
  get error(): FetchError | null {
    const failure = this.failure;
    if (failure) return failure;
    const reader = this.reader;
    return reader ? reader.error : null;
  }

  /** A header field in any case; several of that name are joined by commas, as RFC 9110 has it. */
  header(name: string): string | null {
    const values = this.headers(name);
    return values.length ? values.join(", ") : null;
  }

  /** All values of a header field. */
  headers(name: string): string[] {
    const found: string[] = [];
    const entries = this.entries;
    for (let i = 0; i < entries.length; i++) {
      if (sameName(entries[i].f0, name)) found.push(textOf(entries[i].f1));
    }
    return found;
  }

  /** The next piece of the body, as soon as it is there; null at its end, or where it breaks off: then `error` says why. */
  read(max: i32 = 65536): Uint8Array | null {
    const reader = this.reader;
    return reader ? reader.read(max) : null;
  }

  /** The whole body; null where there is none, it breaks off or has more than `max` bytes: then `error` says why. */
  bytes(max: i32 = MAX_BODY): Uint8Array | null {
    const reader = this.reader;
    return reader ? reader.bytes(max) : null;
  }

  /** The same as UTF-8. */
  text(max: i32 = MAX_BODY): string | null {
    const bytes = this.bytes(max);
    return bytes ? textOf(bytes) : null;
  }

  /** The same as JSON; null where it is none, too. */
  json(max: i32 = MAX_BODY): Json | null {
    const text = this.text(max);
    return text === null ? null : Json.parse(text);
  }

  /** Lets go what was not read of the body. */
  drop(): void {
    const reader = this.reader;
    if (reader) reader.drop();
  }
}
