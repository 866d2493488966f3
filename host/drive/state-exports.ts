/** `hotcell:plugin/state`: the state of a version, which goes over to the next one in parts. */
import { type Exchange, exchangeBytes } from "../backends/exchange.ts";
import { HotcellError, orRaise } from "../errors.ts";
import { exportedFunctions } from "../wit/exports.ts";
import type { World } from "../wit/model.ts";
import type { DrivenExport } from "./driven-export.ts";
import { isLifecycle } from "./host-interfaces.ts";

/** Bytes of a part, which has a few more around them. */
const partBytes = exchangeBytes.part - 16;

/** Gives the state in parts. */
export const save: DrivenExport = {
  name: "state#save",
  type: "func() -> list<u8>",
  async drive(call, exchange) {
    await sendBytes(exchange, (await call([])) as Uint8Array);
  },
};

/** Takes over what another version saved: its digest, and then the parts. */
export const restore: DrivenExport = {
  name: "state#restore",
  type: "func(from-version: string, state: list<u8>) -> result<_, string>",
  async drive(call, exchange) {
    const fromVersion = await exchange.receive();
    await call([fromVersion, await receiveBytes(exchange)]);
  },
};

export async function sendBytes(exchange: Exchange, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += partBytes)
    await exchange.send(bytes.subarray(at, at + partBytes));
}

/** The bytes of all parts that are still to come. Throws `result-too-large` for more than `max`. */
export async function receiveBytes(exchange: Exchange, max = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  // A part counts for more than it has: of small ones there would be too many.
  const most = max + exchangeBytes.partOverhead * (1 + max / partBytes);
  let bytes = 0;
  for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive()) {
    // Of a process that was taken over it may be anything.
    if (!(part instanceof Uint8Array)) throw new TypeError("A part of a state is no bytes.");
    bytes += part.byteLength + exchangeBytes.partOverhead;
    if (bytes > most) throw stateTooLarge(max, bytes);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A guest of ours is stopped before it gives so much; a process that was taken over is not. */
function stateTooLarge(limit: number, actual: number): HotcellError {
  return new HotcellError(
    "result-too-large",
    `The state is larger than the ${limit} bytes that a call may pass.`,
    {
      subject: save.name,
      setting: "limits.resultBytes",
      limit,
      actual: `at least ${actual}`,
      ...orRaise("Hand over less", ["resultBytes"]),
    },
  );
}

/** Tells whether the state of one world's cell can be handed over to another's. */
export function handsOver(from: World, to: World): boolean {
  const has = (world: World, name: string) =>
    exportedFunctions(world).some((f) => isLifecycle(f) && f.name === name);
  return has(from, "save") && has(to, "restore");
}
