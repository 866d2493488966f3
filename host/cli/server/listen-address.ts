/** Addresses that a host listens on, as options and variables say them: for whoever starts one, and whoever looks for it. */

import { HotcellError } from "../../errors.ts";

/** Value of an option, or of the variable in its place, and which of them has it. */
export interface GivenOption {
  readonly value: string | undefined;
  readonly source: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** HOTCELL_PORT as Kubernetes tells it of a service that is called hotcell: somebody else's address. */
const othersPort = /^(?:tcp|udp|sctp):\/\//;

/** Throws `bad-settings`, as the others here do. */
export function listenAddress(host: GivenOption, port: GivenOption): ListenAddress {
  const others = port.source === "HOTCELL_PORT" && othersPort.test(port.value ?? "");
  return {
    host: address(host.value ?? "127.0.0.1", host.source),
    port: portNumber((others ? undefined : port.value) ?? "8787", port.source),
  };
}

/** Address of the API's own listener: `127.0.0.1:8788`, `[::1]:8788`; a port alone is one of this machine's own. */
export function apiAddress({ value, source }: GivenOption): ListenAddress | undefined {
  if (value === undefined) return undefined;
  const [, host = "127.0.0.1", port] = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(value) ?? [];
  if (port === undefined || host === "")
    throw wrongOption(source, value, "an address and a port, such as 127.0.0.1:8788");
  return { host: address(host, source), port: portNumber(port, source) };
}

/** Error for an option or variable whose value won't do. */
export function wrongOption(source: string, actual: string, expected: string): HotcellError {
  return new HotcellError("bad-settings", `${source} is ${JSON.stringify(actual)}, which won't do.`, {
    subject: source,
    actual,
    expected,
    remedy: `Set ${source} to ${expected}.`,
  });
}

function portNumber(value: string, source: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port <= 65_535) return port;
  throw wrongOption(source, value, "a port from 0 to 65535; 0 takes any free one");
}

/** An address or name alone: a URL, or a port glued to it, would fail later and less clearly. */
function address(value: string, source: string): string {
  const bare = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  if (/^[A-Za-z0-9.-]+$/.test(bare) || /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.%a-z]*$/i.test(bare)) return bare;
  throw wrongOption(
    source,
    value,
    "an address to listen on, such as 127.0.0.1, 0.0.0.0 or ::1, without a port",
  );
}
