/** A DNS server of the tests' own, over UDP, and a lookup that asks it alone. */
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import type { AddressLookup } from "../../../host/backends/http-client/checked-connect.ts";

/** Addresses of a name, one list an answer; the last goes on. Or the code of DNS's that every question about it gets, or silence. */
type Zone = Readonly<Record<string, readonly (readonly string[])[] | "SERVFAIL" | "REFUSED" | "silence">>;

export interface TestDns {
  readonly lookup: AddressLookup;
  /** Names that were asked for, in order. */
  readonly asked: string[];
  close(): void;
}

const codes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export async function startTestDns(zone: Zone): Promise<TestDns> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  const turns = new Map<string, number>();
  socket.on("message", (question, from) => {
    const { name, type, end } = readQuestion(question);
    const entry = Object.hasOwn(zone, name) ? zone[name] : undefined;
    if (type === 1) asked.push(name);
    if (entry === "silence") return;
    const turn = turns.get(`${name} ${type}`) ?? 0;
    turns.set(`${name} ${type}`, turn + 1);
    const addresses = typeof entry === "object" ? (entry[Math.min(turn, entry.length - 1)] ?? []) : [];
    const records = addresses
      .filter((address) => isIPv4(address) === (type === 1))
      .map((address) => recordOf(address, type));
    const code = entry === undefined ? codes.NXDOMAIN : typeof entry === "string" ? codes[entry] : 0;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, question.subarray(12, end), ...records]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { lookup: lookupAt(socket), asked, close: () => socket.close() };
}

function lookupAt(socket: Socket): AddressLookup {
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return (name, callback) => {
    resolver.resolve4(name, (error, four) => {
      resolver.resolve6(name, (other, six) => {
        const addresses = [
          ...(four ?? []).map((address) => ({ address, family: 4 })),
          ...(six ?? []).map((address) => ({ address, family: 6 })),
        ];
        callback(addresses.length > 0 ? null : (error ?? other), addresses);
      });
    });
  };
}

/** RFC 1035, 4.1.2. */
function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** RFC 1035, 4.1.3, with the name of the question, and a time to live of 0. */
function recordOf(address: string, type: number): Buffer {
  const data = type === 1 ? Buffer.from(address.split(".").map(Number)) : sixteenBytes(address);
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
}

function sixteenBytes(address: string): Buffer {
  const [before = "", after] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(before), groups(after ?? "")];
  const zeros = after === undefined ? 0 : 8 - first.length - last.length;
  const all = [...first, ...Array<string>(zeros).fill("0"), ...last];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}
