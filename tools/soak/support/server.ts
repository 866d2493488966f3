import { createHost, type HostOptions } from "../../../host/host.ts";
import { serve } from "../../../host/server.ts";

const token = "a-token-for-tests";

/** A whole host on a free port of the loopback interface; without a data folder it keeps everything in memory. */
export async function startServer(data?: string, options: HostOptions = {}) {
  const host = await createHost({ log: () => {}, ...options, ...(data !== undefined && { data }) });
  const faults: unknown[] = [];
  const server = await serve(host, {
    ...{ host: "127.0.0.1", port: 0, token },
    logFault: (fault) => faults.push(fault),
  });
  return {
    host,
    url: server.url,
    /** The header that lets deploy. */
    authorization: `Bearer ${token}`,
    /** What the host logged as failures of its own. */
    faults,
    upload: (name: string, wasm: Uint8Array, query = "") =>
      fetch(`${server.url}/plugins/${name}${query}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/wasm" },
        body: new Uint8Array(wasm),
      }),
    /** A body of bytes is a component, any other JSON. */
    async ask(method: string, path: string, body?: object | Uint8Array<ArrayBuffer>) {
      const binary = body instanceof Uint8Array;
      const answer = await fetch(server.url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body && { "content-type": binary ? "application/wasm" : "application/json" }),
        },
        ...(body && { body: binary ? body : JSON.stringify(body) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await host.close();
    },
  };
}
