/** Deployment of a component to a host elsewhere. */

import type { SettingsInput } from "../../registry/settings/settings.ts";
import { asTar } from "../build/files-folder.ts";
import type { Deployed } from "../shown/deployment-text.ts";
import { ask, exchange, type RemoteHost } from "./remote-host.ts";

export interface UploadOptions {
  /** Merged into those that the plugin has. */
  readonly settings: SettingsInput;
  /** Checks in the `calls.json` format; `null`: none from now on. Absent: those it has. */
  readonly checks?: unknown;
  /** Files that come with it, by their paths. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Leave for it, as the API's query has it. */
  readonly query: URLSearchParams;
  /** Conditions: `If-Match`, `If-None-Match`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Told of the bytes that are on their way, and of how many there are. */
  readonly sent?: (bytes: number, all: number) => void;
}

/** Deploys a component. Throws the host's own errors, and `no-host` when none answers. */
export async function upload(
  host: RemoteHost,
  plugin: string,
  wasm: Uint8Array,
  { settings, checks, files, query, headers = {}, sent }: UploadOptions,
): Promise<Deployed> {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(wasm)], { type: "application/wasm" }), `${plugin}.wasm`);
  if (Object.keys(settings).length > 0) form.set("settings", JSON.stringify(settings));
  if (checks !== undefined) form.set("checks", JSON.stringify(checks));
  if (files.size > 0) form.set("files", await asTar(files), "files.tar");
  const path = `/plugins/${encodeURIComponent(plugin)}?${query}`;
  if (!sent) return (await ask(host, "PUT", path, form, headers)) as Deployed;
  // A form tells nobody how far it has come.
  const whole = new Response(form);
  const type = whole.headers.get("content-type") ?? "";
  const body = piecesOf(new Uint8Array(await whole.arrayBuffer()), sent);
  const request = {
    method: "PUT",
    body,
    duplex: "half",
    headers: { ...headers, "content-type": type },
  } as const;
  return (await (await exchange(host, path, request)).json()) as Deployed;
}

const pieceBytes = 64 * 1024;

function piecesOf(bytes: Uint8Array, sent: (bytes: number, all: number) => void): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === bytes.length) return controller.close();
      const piece = bytes.subarray(at, at + pieceBytes);
      at += piece.length;
      sent(at, bytes.length);
      controller.enqueue(piece);
    },
  });
}
