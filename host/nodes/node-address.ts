/** Address at which a host answers the others of its store: one of this machine's own, and one that they reach. */
import { isIPv6 } from "node:net";
import { HotcellError } from "../errors.ts";

export interface NodeAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Address where nobody says one: hosts on this machine reach it, and others don't. */
export const ownAddress: NodeAddress = { host: "127.0.0.1", port: 0 };

/** Addresses of all interfaces, which nobody can be sent to. */
const everywhere = /^(?:0\.0\.0\.0|::|::0|\*)$/;

/** `10.0.0.5:7801`, `[fd00::5]:7801`, or an address or name alone, with any free port. `source` is where it is set. Throws `bad-settings`. */
export function nodeAddress(text: string, source: string): NodeAddress {
  const [, literal, name, port = "0"] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = literal ?? name;
  if (
    host !== undefined &&
    Number(port) <= 65_535 &&
    !everywhere.test(host) &&
    (literal === undefined || isIPv6(literal))
  )
    return { host, port: Number(port) };
  throw wrongNodeAddress(source, text, "is none at which other hosts could reach this one");
}

export function wrongNodeAddress(source: string, actual: string, why: string): HotcellError {
  const expected = "an address of this machine that the other hosts reach, such as 10.0.0.5:7801";
  return new HotcellError("bad-settings", `${source} is ${JSON.stringify(actual)}, which ${why}.`, {
    subject: source,
    actual,
    expected,
    remedy: `Set ${source} to ${expected}.`,
  });
}

/** The address as it is told to other hosts. */
export function toldAddress({ host, port }: NodeAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
