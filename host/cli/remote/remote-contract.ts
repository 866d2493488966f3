/** Contracts of a host by their names, `discount` or `discount@2`, or by their URLs. */
import { isContractReference } from "../../registry/contracts/contract-setting.ts";
import { UsageError } from "../command-line.ts";
import { askBytes, type RemoteHost, remoteHost } from "./remote-host.ts";

/** The world of a contract as it was put. Throws the host's own errors, and `no-host`. */
export function contractBytes(host: RemoteHost, id: string): Promise<Uint8Array> {
  return askBytes(host, contractPath(id, "/wasm"));
}

/** `discount@2` as a path of the API. */
export function contractPath(id: string, rest = ""): string {
  const [name = "", version] = id.split("@");
  const query = version === undefined ? "" : `?version=${encodeURIComponent(version)}`;
  return `/contracts/${encodeURIComponent(name)}${rest}${query}`;
}

interface PlacedContract {
  readonly host: RemoteHost;
  /** `discount`, or `discount@2`. */
  readonly id: string;
}

/** `http://127.0.0.1:8787/contracts/discount?version=2`, or what leads from it to its WIT. Throws UsageError for other URLs. */
export function contractAt(url: string, token: string | undefined): PlacedContract {
  const parsed = URL.parse(url);
  const path = /^(.*)\/contracts\/([^/]+)(?:\/(?:wit|wasm))?\/?$/.exec(parsed?.pathname ?? "");
  const [, prefix = "", name = ""] = path ?? [];
  const version = parsed?.searchParams.get("version");
  const id = version === null ? name : `${name}@${version}`;
  if (!parsed || !isContractReference(id))
    throw new UsageError(
      `${JSON.stringify(url)} is no contract of a host: http://127.0.0.1:8787/contracts/NAME is one.`,
    );
  return { host: remoteHost(`${parsed.origin}${prefix}`, token, process.env), id };
}
