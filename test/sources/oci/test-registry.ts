/** A registry of the tests' own, which answers as each test has it, over plain HTTP or TLS. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly name: string;
  readonly url: string;
  /** `METHOD /path` of what was asked for, with `Authorization` behind it where it came. */
  readonly asked: string[];
  /** Answers by their paths; what is not there is 404. */
  readonly answers: Map<string, RegistryHandler>;
  /** Puts a component there, as `wkg` and `wash` do, and says under which digests. */
  put(repository: string, tag: string, bytes: Uint8Array, change?: ManifestChange): PutImage;
  /** Takes from now on what is pushed to a repository, and answers with it. */
  keep(repository: string): void;
  /** Bytes that were pushed, by the paths that they are at. */
  readonly kept: ReadonlyMap<string, Uint8Array>;
  close(): Promise<void>;
}

export type RegistryHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Change of a manifest before it is put there. */
// biome-ignore lint/suspicious/noExplicitAny: tests make manifests of every shape.
export type ManifestChange = (manifest: any) => unknown;

interface PutImage {
  readonly manifest: string;
  readonly component: string;
  readonly blobPath: string;
  readonly manifestPath: string;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

export const sha256 = (bytes: Uint8Array | string) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export async function startTestRegistry(tls?: { key: string; cert: string }): Promise<TestRegistry> {
  const asked: string[] = [];
  const kept = new Map<string, Buffer>();
  const keeping: string[] = [];
  const answers = new Map<string, RegistryHandler>();
  const answer: RegistryHandler = (request, response) => {
    const { authorization } = request.headers;
    asked.push(`${request.method} ${request.url}${authorization === undefined ? "" : ` ${authorization}`}`);
    const [path = "", query] = request.url!.split("?");
    if (keeping.some((prefix) => path.startsWith(prefix)))
      return void keepOrGive(request, response, path, query);
    request.resume();
    const handler = answers.get(path);
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  };
  const keepOrGive = async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query?: string,
  ) => {
    const body = await buffer(request);
    const type = path.includes("/manifests/") ? manifestType : "application/octet-stream";
    if (request.method === "POST")
      return response.writeHead(202, { location: `${path}some-upload?state=1` }).end();
    if (request.method !== "PUT") {
      const found = kept.get(path);
      return found
        ? response.writeHead(200, { "content-type": type }).end(found)
        : response.writeHead(404).end();
    }
    const digest = new URLSearchParams(query).get("digest") ?? sha256(body);
    if (digest !== sha256(body)) return response.writeHead(400).end();
    const folder = path.replace(/(?<=\/(?:blobs|manifests)\/).*$/, "");
    kept.set(`${folder}${digest}`, body);
    kept.set(path, body);
    return response.writeHead(201, { "docker-content-digest": digest }).end();
  };
  const server: Server = tls ? createSecureServer(tls, answer) : createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    name,
    url: `${tls ? "https" : "http"}://${name}`,
    asked,
    answers,
    kept,
    keep: (repository) => void keeping.push(`/v2/${repository}/`),
    put(repository, tag, bytes, change = (manifest) => manifest) {
      const component = sha256(bytes);
      const config = JSON.stringify(configOf(component));
      const manifest = JSON.stringify(change(manifestOf(config, bytes)));
      const digest = sha256(manifest);
      const blobPath = `/v2/${repository}/blobs/${component}`;
      const manifestPath = `/v2/${repository}/manifests/${tag}`;
      const sendManifest: RegistryHandler = (_, response) =>
        response
          .writeHead(200, { "content-type": manifestType, "docker-content-digest": digest })
          .end(manifest);
      answers.set(manifestPath, sendManifest);
      answers.set(`/v2/${repository}/manifests/${digest}`, sendManifest);
      answers.set(blobPath, (_, response) =>
        response
          .writeHead(200, { "content-type": "application/octet-stream", "content-length": bytes.length })
          .end(bytes),
      );
      return { manifest: digest, component, blobPath, manifestPath };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Config as `wkg oci push` writes it. */
function configOf(component: string): object {
  return {
    created: "2026-11-22T10:15:02.123456789Z",
    author: null,
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [component],
    component: { exports: ["greet"], imports: [], target: null },
  };
}

function manifestOf(config: string, bytes: Uint8Array): object {
  return {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: "application/vnd.wasm.config.v0+json", digest: sha256(config), size: config.length },
    layers: [{ mediaType: "application/wasm", digest: sha256(bytes), size: bytes.length }],
    annotations: { "org.opencontainers.image.title": "greet.wasm" },
  };
}
