/** Manifests of components (OCI image specification 1.0 and 1.1; CNCF's Wasm OCI artifact layout): read, and written. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { ComponentMetadata } from "../../component/metadata.ts";
import { beginning } from "../../text/cut.ts";
import { digestForm } from "./oci-reference.ts";
import { badImage } from "./registry-errors.ts";

export const imageTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.wasm.config.v0+json",
  empty: "application/vnd.oci.empty.v1+json",
  component: "application/wasm",
} as const;

/** Thing in a registry, by its digest. */
export interface ImagePart {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const descriptor = v.looseObject({
  mediaType: v.string(),
  digest: v.pipe(v.string(), v.regex(digestForm)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

const common = { schemaVersion: v.literal(2), mediaType: v.optional(v.string()) };
const manifestSchema = v.looseObject({
  ...common,
  artifactType: v.optional(v.string()),
  config: descriptor,
  layers: v.array(descriptor),
});
const indexSchema = v.looseObject({ ...common, manifests: v.array(descriptor) });

/**
 * Component that a manifest is of, or the manifest that an index has. `type`: media type that it came with. Throws `bad-image`.
 */
export function readManifest(
  bytes: Uint8Array,
  type: string,
  reference: string,
): { readonly component: ImagePart } | { readonly manifest: ImagePart } {
  const json = parsed(bytes, reference);
  const named = (json as { mediaType?: unknown } | null)?.mediaType;
  if (named !== undefined && named !== type)
    throw badImage(reference, "its manifest came as another type than it says", facts(type, String(named)));
  if (type === imageTypes.index) {
    const { manifests } = fitting(indexSchema, json, reference);
    const [manifest, second] = manifests;
    if (!manifest || second)
      throw badImage(reference, `it is an index of ${manifests.length} manifests`, {
        expected: "one",
        actual: manifests.length,
        remedy: "Name the one that is meant by its digest: registry/namespace/name@sha256:…",
      });
    if (manifest.mediaType !== imageTypes.manifest)
      throw badImage(
        reference,
        "what its index has is no manifest",
        facts(imageTypes.manifest, manifest.mediaType),
      );
    return { manifest };
  }
  if (type !== imageTypes.manifest)
    throw badImage(reference, "its manifest is of another type", facts(imageTypes.manifest, type));
  const { artifactType, config, layers } = fitting(manifestSchema, json, reference);
  if (
    config.mediaType !== imageTypes.config &&
    !(config.mediaType === imageTypes.empty && artifactType === imageTypes.config)
  )
    throw badImage(reference, "its config is of another type", facts(imageTypes.config, config.mediaType));
  const [component, second] = layers;
  if (!component || second)
    throw badImage(reference, `it has ${layers.length} layers`, { expected: "one", actual: layers.length });
  if (component.mediaType !== imageTypes.component)
    throw badImage(
      reference,
      "its layer is of another type",
      facts(imageTypes.component, component.mediaType),
    );
  return { component };
}

function parsed(bytes: Uint8Array, reference: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    throw badImage(reference, "its manifest is no JSON");
  }
}

function fitting<const S extends v.GenericSchema>(
  schema: S,
  json: unknown,
  reference: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  throw badImage(
    reference,
    `its manifest has something else at ${v.getDotPath(result.issues[0]) ?? "its root"}`,
  );
}

function facts(expected: string, actual: string): { expected: string; actual: string } {
  return { expected, actual: beginning(actual, 100) };
}

/** Component that is to be pushed, with what its image says of it. */
export interface DescribedComponent {
  readonly bytes: Uint8Array;
  readonly metadata: ComponentMetadata;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

/** Annotations of images (OCI image specification, "Pre-Defined Annotation Keys") by the metadata that they are of. */
const annotations = {
  name: "title",
  version: "version",
  description: "description",
  authors: "authors",
  licenses: "licenses",
  homepage: "url",
  source: "source",
  revision: "revision",
} as const satisfies Partial<Record<keyof ComponentMetadata, string>>;

/** Manifest, and what it names. The same component has the same: no time is in it. */
export function imageOf({ bytes, metadata, imports, exports }: DescribedComponent): {
  readonly manifest: Uint8Array;
  readonly blobs: readonly Uint8Array[];
} {
  const layer = partOf(imageTypes.component, bytes);
  const config = Buffer.from(
    JSON.stringify({
      created: "1970-01-01T00:00:00Z",
      author: metadata.authors ?? null,
      architecture: "wasm",
      os: "wasip2",
      layerDigests: [layer.digest],
      component: { exports, imports, target: null },
    }),
  );
  const notes = Object.entries(annotations).flatMap(([name, key]) => {
    const value = metadata[name as keyof typeof annotations];
    return value === undefined ? [] : [[`org.opencontainers.image.${key}`, value]];
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: imageTypes.manifest,
    config: partOf(imageTypes.config, config),
    layers: [layer],
    ...(notes.length > 0 && { annotations: Object.fromEntries(notes) }),
  };
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs: [config, bytes] };
}

function partOf(mediaType: string, bytes: Uint8Array): ImagePart {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
