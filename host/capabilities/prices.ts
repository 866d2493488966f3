/**
 * Prices of the host functions, in fuel (a unit is about half a nanosecond here, and a tenth where guests run: time is charged where it is more), as `bench -- harden` measures them. What a call takes
 * and gives is paid for by its types and bytes whatever function it is (`engine/abi/weights.ts`); here is what the
 * function does besides. Nothing in the capability table may be without a row: `test/capabilities/prices.test.ts`.
 */
import type { HostPrice } from "../engine/engine.ts";
import { functionsOf, hostInterface } from "./interfaces.ts";

/** Something that holds as many things as it says: what touches all of them costs accordingly. */
interface Sized {
  readonly size: number;
}

interface Named extends Sized {
  /** How many values a field has. */
  count(name: string): number;
}

type Rows = Readonly<Record<string, HostPrice>>;

/** What the values cost is all. */
const values: HostPrice = { call: 0 };
/** An object of the host's is made. */
const object: HostPrice = { call: 300 };
/** An error is thrown and caught. */
const refused: HostPrice = { call: 2_500 };
/** It may be. */
const refusable: HostPrice = { call: 1_500 };
/** An interface that has nothing: whatever can be called of it refuses. */
const refusing = (name: string): Rows =>
  Object.fromEntries(functionsOf(hostInterface(name)!).map((each) => [each.name, refused]));

const perField = 800;
const fieldsIn = (self: Sized) => self.size * perField;
/** The system's own random numbers are asked for. */
const system = 5_000;

const perLine = 2_500;
/** A byte of output is decoded, looked at, and copied. */
const perByte = 4;
/** Lines beyond are not given, see `line-writer.ts`. */
const mostLines = 1_000;
const newline = 0x0a;

function lines(bytes: Uint8Array): number {
  let count = 1;
  for (let at = bytes.indexOf(newline); at >= 0 && count < mostLines; at = bytes.indexOf(newline, at + 1))
    count++;
  return count;
}

const written: HostPrice = {
  call: 600,
  touched: (_self, bytes: Uint8Array) => lines(bytes) * perLine + bytes.length * perByte,
};
/** What is longer than a write may be traps at once. */
const zeroes: HostPrice = {
  call: 600,
  touched: (_self, length: bigint) => Math.min(Number(length), 1 << 16) * perByte + perLine,
};

/** By interface without version, then by function. */
export const prices: Readonly<Record<string, Rows>> = {
  "wasi:clocks/wall-clock": { now: values, resolution: values },
  "wasi:clocks/monotonic-clock": {
    now: values,
    resolution: values,
    "subscribe-instant": object,
    "subscribe-duration": object,
  },
  "wasi:clocks/timezone": { display: values, "utc-offset": values },
  "wasi:random/random": { "get-random-bytes": { call: system }, "get-random-u64": { call: system } },
  "wasi:random/insecure": {
    "get-insecure-random-bytes": { call: system },
    "get-insecure-random-u64": { call: system },
  },
  "wasi:random/insecure-seed": { "insecure-seed": { call: 2 * system } },
  "wasi:logging/logging": {
    log: {
      call: perLine,
      touched: (_level, context: string, message: string) => (context.length + message.length) * perByte,
    },
  },
  "wasi:cli/stdout": { "get-stdout": object },
  "wasi:cli/stderr": { "get-stderr": object },
  "wasi:cli/environment": { "get-environment": values, "get-arguments": values, "initial-cwd": values },
  "wasi:config/store": { get: values, "get-all": values },
  "wasi:io/error": { "[method]error.to-debug-string": values },
  "wasi:io/poll": {
    "[method]pollable.ready": { call: 500 },
    "[method]pollable.block": { call: 500 },
    // Each is looked at twice, where one has to be waited for.
    poll: { call: 500, touched: (pollables: readonly unknown[]) => pollables.length * 1_000 },
  },
  "wasi:io/streams": {
    "[method]input-stream.read": refused,
    "[method]input-stream.blocking-read": refused,
    "[method]input-stream.skip": refused,
    "[method]input-stream.blocking-skip": refused,
    "[method]input-stream.subscribe": object,
    "[method]output-stream.check-write": values,
    "[method]output-stream.write": written,
    "[method]output-stream.blocking-write-and-flush": written,
    "[method]output-stream.flush": values,
    "[method]output-stream.blocking-flush": values,
    "[method]output-stream.subscribe": object,
    "[method]output-stream.write-zeroes": zeroes,
    "[method]output-stream.blocking-write-zeroes-and-flush": zeroes,
    "[method]output-stream.splice": refused,
    "[method]output-stream.blocking-splice": refused,
  },
  "wasi:cli/stdin": { "get-stdin": object },
  // It ends the cell.
  "wasi:cli/exit": { exit: values, "exit-with-code": values },
  "wasi:cli/terminal-input": {},
  "wasi:cli/terminal-output": {},
  "wasi:cli/terminal-stdin": { "get-terminal-stdin": values },
  "wasi:cli/terminal-stdout": { "get-terminal-stdout": values },
  "wasi:cli/terminal-stderr": { "get-terminal-stderr": values },
  "wasi:filesystem/types": refusing("wasi:filesystem/types"),
  "wasi:filesystem/preopens": { "get-directories": values },
  "wasi:sockets/tcp": refusing("wasi:sockets/tcp"),
  "wasi:sockets/udp": refusing("wasi:sockets/udp"),
  "wasi:sockets/tcp-create-socket": refusing("wasi:sockets/tcp-create-socket"),
  "wasi:sockets/udp-create-socket": refusing("wasi:sockets/udp-create-socket"),
  "wasi:sockets/ip-name-lookup": refusing("wasi:sockets/ip-name-lookup"),
  "wasi:sockets/network": { "network-error-code": values },
  "wasi:sockets/instance-network": { "instance-network": object },
  "wasi:http/types": {
    // What comes from outside, or goes there, nobody is ever given.
    ...refusing("wasi:http/types"),
    "http-error-code": values,
    "[constructor]fields": { call: 2_000 },
    "[static]fields.from-list": {
      call: 2_000,
      touched: (entries: readonly unknown[]) => entries.length * perField,
    },
    "[method]fields.get": { call: 300, touched: (self: Named, name: string) => self.count(name) * 300 },
    "[method]fields.has": { call: 300 },
    "[method]fields.set": {
      call: 2_000,
      touched: (self: Named, name: string, given: readonly unknown[]) =>
        (given.length + self.count(name)) * perField,
    },
    "[method]fields.delete": {
      call: 2_000,
      touched: (self: Named, name: string) => self.count(name) * perField,
    },
    "[method]fields.append": { call: 2_000 + perField },
    "[method]fields.entries": { call: 300, touched: (self: Sized) => self.size * 400 },
    "[method]fields.clone": { call: 2_000, touched: fieldsIn },
    "[method]outgoing-body.write": refusable,
    "[static]outgoing-body.finish": object,
    "[constructor]outgoing-request": { call: 1_000 },
    "[method]outgoing-request.body": refusable,
    "[method]outgoing-request.method": values,
    "[method]outgoing-request.set-method": refusable,
    "[method]outgoing-request.path-with-query": values,
    "[method]outgoing-request.set-path-with-query": refusable,
    "[method]outgoing-request.scheme": values,
    "[method]outgoing-request.set-scheme": refusable,
    "[method]outgoing-request.authority": values,
    "[method]outgoing-request.set-authority": refusable,
    "[method]outgoing-request.headers": { call: 2_000, touched: fieldsIn },
    "[constructor]request-options": object,
    "[method]request-options.connect-timeout": values,
    "[method]request-options.set-connect-timeout": values,
    "[method]request-options.first-byte-timeout": values,
    "[method]request-options.set-first-byte-timeout": values,
    "[method]request-options.between-bytes-timeout": values,
    "[method]request-options.set-between-bytes-timeout": values,
    "[constructor]outgoing-response": { call: 1_000 },
    "[method]outgoing-response.status-code": values,
    "[method]outgoing-response.set-status-code": refusable,
    "[method]outgoing-response.headers": { call: 2_000, touched: fieldsIn },
    "[method]outgoing-response.body": refusable,
  },
  "wasi:http/outgoing-handler": { handle: refused },
};

/** A byte of repeatable random numbers, which are made of big integers. */
const perSeededByte = 250;

/** What is more than a call gives traps at once. */
const seeded: HostPrice = {
  call: system,
  touched: (length: bigint) => Math.min(Number(length), 1 << 20) * perSeededByte,
};

/** Prices that hold where random numbers have a seed, by interface. */
export const seededPrices: Readonly<Record<string, Rows>> = {
  "wasi:random/random": { "get-random-bytes": seeded },
  "wasi:random/insecure": { "get-insecure-random-bytes": seeded },
};
