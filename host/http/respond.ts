/**
 * Answers. Headers are plain objects, not `Headers`: the Node adapter writes those as they are, which is a good part
 * of a call's cost.
 */

const common = { "x-content-type-options": "nosniff", "cache-control": "no-store" } as const;
const jsonHeaders = { "content-type": "application/json", ...common } as const;

export function json(body: unknown, status = 200, headers?: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: headers === undefined ? jsonHeaders : { ...jsonHeaders, ...headers },
  });
}

export function text(body: string): Response {
  return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8", ...common } });
}

export function noContent(headers?: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 204, headers: { ...common, ...headers } });
}

/** A file that never changes; caches that are the client's own may keep it. */
export function immutableFile(bytes: Uint8Array, type: string, name: string, etag: string): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      ...common,
      "content-type": type,
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "private, max-age=31536000, immutable",
      etag: `"${etag}"`,
    },
  });
}

export function problemJson(
  body: object,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(JSON.stringify(body, bigintAsText), {
    status,
    headers: { ...common, "content-type": "application/problem+json", ...headers },
  });
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
