/** Packages by their names, `ns:name@version`, in a registry that says by `/.well-known/wasm-pkg/registry.json` where its images are. */
import * as v from "valibot";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { type OciReference, parseReference } from "./oci-reference.ts";
import { PassingFailure } from "./passing-failure.ts";
import { registryFailed } from "./registry-errors.ts";
import type { SessionMeans } from "./registry-session.ts";

const form = /^([a-z][a-z0-9-]*):([a-z][a-z0-9-]*)(?:@(\d+\.\d+\.\d+[\w.+-]*))?$/;

/** Test for a package's name, which no reference looks like. */
export function isPackageName(text: string): boolean {
  return form.test(text);
}

const placeSchema = v.object({ registry: v.optional(v.string()), namespacePrefix: v.optional(v.string()) });
const schema = v.object({
  preferredProtocol: v.optional(v.string()),
  oci: v.optional(placeSchema),
  // As it was written before.
  ociRegistry: v.optional(v.string()),
  ociNamespacePrefix: v.optional(v.string()),
  warg: v.optional(v.unknown()),
  wargUrl: v.optional(v.unknown()),
});

/** Reference to a package of a registry's. Throws `bad-reference`, and what the registry fails with. */
export async function packageReference(
  { transport, times, rules }: SessionMeans,
  text: string,
  registry: string,
): Promise<OciReference> {
  const [, namespace, name, version] = form.exec(text) ?? [];
  if (version === undefined) {
    throw new HotcellError("bad-reference", `${text} does not say which version.`, {
      subject: text,
      expected: "namespace:name@1.2.0",
      remedy: `Write ${text}@ and the version behind it.`,
    });
  }
  // Whatever is wrong with the registry's name is told as of a reference.
  rules.require(parseReference(`${registry}/x/y:${version}`));
  const url = new URL("/.well-known/wasm-pkg/registry.json", rules.originOf(registry));
  const signal = AbortSignal.timeout(times.time);
  const answer = await transport.send(url.origin, url, { method: "GET" }, signal).catch((thrown: unknown) => {
    throw thrown instanceof PassingFailure ? registryFailed(registry, thrown.message) : thrown;
  });
  // Without it a registry has packages where their names say.
  const told = answer.status === 200 ? await answer.bytes(ociBounds.answer.value) : undefined;
  if (told === undefined) answer.drop();
  if (told === undefined && answer.status !== 404)
    throw registryFailed(registry, `it answered ${answer.status}`);
  const place = told ? placeIn(told, registry) : {};
  return parseReference(
    `${place.registry ?? registry}/${place.namespacePrefix ?? ""}${namespace}/${name}:${version}`,
  );
}

function placeIn(bytes: Uint8Array, registry: string): v.InferOutput<typeof placeSchema> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // Told below.
  }
  const result = v.safeParse(schema, json);
  if (!result.success) throw registryFailed(registry, "its registry.json is none");
  const { preferredProtocol, oci, ociRegistry, ociNamespacePrefix, warg, wargUrl } = result.output;
  const place = {
    ...(ociRegistry !== undefined && { registry: ociRegistry }),
    ...(ociNamespacePrefix !== undefined && { namespacePrefix: ociNamespacePrefix }),
    ...oci,
  };
  const other = preferredProtocol ?? (Object.keys(place).length === 0 && (warg || wargUrl) ? "warg" : "oci");
  if (other !== "oci") throw registryFailed(registry, "it keeps packages in another way than by OCI");
  return place;
}
