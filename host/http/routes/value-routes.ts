/** Routes of values by key, for the owner of a plugin: buckets, keys, values. */
import type { Context } from "hono";
import { keyValueBounds } from "../../bounds/key-value-bounds.ts";
import type { BucketsAnswer, KeysAnswer } from "../../console/answers/value-answers.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { common, json, noContent } from "../answer/respond.ts";
import { readBody, requireMediaType } from "../body/body.ts";
import { bodyRequestOf } from "../body/body-of-request.ts";
import type { Services } from "../services.ts";
import { etagOf } from "./preconditions.ts";
import { integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";
import { isKnownValue, valueConditions } from "./value-conditions.ts";

const inPath = "/plugins/:name/kv/:bucket/:key";
/** Keys that no path can end with, the empty one, `.` and `..`, are asked for so. */
const inQuery = "/plugins/:name/kv/:bucket";

export const valueRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/plugins/:name/kv",
    permission: "data",
    summary: "buckets that the plugin has, with what is in them",
    query: {},
    handler: async (_, { registry }, { plugin }) =>
      json({ plugin, buckets: await registry.values(plugin).buckets() } satisfies BucketsAnswer),
  },
  {
    method: "GET",
    path: inQuery,
    permission: "data",
    summary: "keys of a bucket",
    query: { once: ["after", "limit", "key"] },
    handler: (c, services, asked) =>
      queryOf(c.req.url).has("key") ? get(c, services, asked) : list(c, services, asked),
  },
  {
    method: "PUT",
    path: inQuery,
    permission: "data",
    takes: ["application/octet-stream"],
    summary: "sets the value of the key",
    query: { once: ["key"] },
    handler: put,
  },
  {
    method: "DELETE",
    path: inQuery,
    permission: "data",
    summary: "deletes the key",
    query: { once: ["key"] },
    handler: remove,
  },
  {
    method: "GET",
    path: inPath,
    permission: "data",
    gives: "application/octet-stream",
    summary: "a value, as its bytes",
    query: {},
    handler: get,
  },
  {
    method: "PUT",
    path: inPath,
    permission: "data",
    takes: ["application/octet-stream"],
    summary: "sets a value",
    query: {},
    handler: put,
  },
  {
    method: "DELETE",
    path: inPath,
    permission: "data",
    summary: "deletes a key with its value",
    query: {},
    handler: remove,
  },
];

async function list(c: Context, { registry }: Services, { plugin }: Asked): Promise<Response> {
  const query = queryOf(c.req.url);
  const bucket = bucketOf(c);
  const after = integer(query, "after");
  const limit = integer(query, "limit");
  const page = { ...(after !== undefined && { after }), ...(limit !== undefined && { limit }) };
  const { keys, next } = await registry.values(plugin).keys(bucket, page);
  return json({ plugin, bucket, keys, ...(next !== undefined && { next }) } satisfies KeysAnswer);
}

async function get(c: Context, { registry, downloads }: Services, { plugin }: Asked): Promise<Response> {
  const { headers, signal } = c.req.raw;
  const key = keyOf(c);
  using _turn = await downloads.enter(signal);
  const { value, version } = await registry.values(plugin).get(bucketOf(c), key);
  const etag = etagOf(version);
  if (isKnownValue(headers, version))
    return new Response(null, { status: 304, headers: { ...common, etag } });
  return new Response(value as Uint8Array<ArrayBuffer>, {
    headers: {
      ...common,
      "content-type": "application/octet-stream",
      "content-disposition": "attachment",
      etag,
    },
  });
}

async function put(c: Context, services: Services, { plugin, identity }: Asked): Promise<Response> {
  const { registry, bodies, inflater } = services;
  const request = c.req.raw;
  const [bucket, key] = [bucketOf(c), keyOf(c)];
  const conditions = valueConditions(request.headers);
  const values = registry.values(plugin);
  // All that the header is enough to refuse is refused before the body is asked for.
  values.requireWritable(bucket, key);
  requireMediaType(
    request,
    ["application/octet-stream"],
    "Send the value's bytes with the header Content-Type: application/octet-stream.",
  );
  const hold = bodies.hold();
  try {
    const limit = keyValueBounds.value.value;
    const value = await readBody(bodyRequestOf(request, c.env), limit, { inflater, hold });
    const version = await values.put(bucket, key, value, { ...conditions, who: identity.who });
    return noContent({ etag: etagOf(version) });
  } finally {
    hold.release();
  }
}

async function remove(c: Context, { registry }: Services, { plugin, identity }: Asked): Promise<Response> {
  const conditions = valueConditions(c.req.raw.headers);
  await registry.values(plugin).delete(bucketOf(c), keyOf(c), { ...conditions, who: identity.who });
  return noContent();
}

function bucketOf(c: Context): string {
  return c.req.param("bucket")!;
}

/** Key in the path, or in `?key=`. From the path as it came: what is no UTF-8 must not stand for another key. */
function keyOf(c: Context): string {
  const query = queryOf(c.req.url);
  if (c.req.param("key") === undefined) return query.get("key") ?? noKey();
  const path = c.req.url.split(/[?#]/, 1)[0]!;
  const written = path.slice(path.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(written);
  } catch {
    throw new HotcellError("bad-request", "The key in the path is not UTF-8, percent-encoded.", {
      subject: "key",
      actual: beginning(written, 100),
      expected: "text as UTF-8, percent-encoded",
      remedy: "Encode the key as UTF-8, then each byte that is no letter or digit as % and two digits.",
    });
  }
}

function noKey(): never {
  throw new HotcellError("bad-request", "This needs a key.", {
    subject: "key",
    expected: "/plugins/{name}/kv/{bucket}/{key}, or ?key=",
    remedy: "Put it at the end of the path, or in ?key=, percent-encoded.",
  });
}
