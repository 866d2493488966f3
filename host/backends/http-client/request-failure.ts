import type { Data } from "../data.ts";

/** Error code of `wasi:http/types`, as data. */
export interface ToldCode {
  readonly tag: string;
  readonly val?: Data;
}

/** A request's failure, as its guest is told it. */
export class RequestFailure extends Error {
  readonly told: ToldCode;

  constructor(tag: string, val?: Data) {
    super(tag);
    this.told = val === undefined ? { tag } : { tag, val };
  }
}
