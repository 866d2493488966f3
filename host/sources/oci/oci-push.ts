/** Components pushed to registries, in the layout of the CNCF's Wasm OCI artifact (OCI distribution specification, "Push"). */
import { HotcellError } from "../../errors.ts";
import { type OciReference, printReference } from "./oci-reference.ts";
import { damagedImage, registryFailed } from "./registry-errors.ts";
import { RegistrySession, type SessionMeans } from "./registry-session.ts";
import { type DescribedComponent, digestOf, imageOf, imageTypes } from "./wasm-image.ts";

/** Digest of the manifest that a component has in a registry from now on. Throws what its registry fails with. */
export async function pushComponent(
  means: SessionMeans,
  reference: OciReference,
  component: DescribedComponent,
): Promise<string> {
  const shown = printReference(reference);
  const { tag } = reference;
  if (tag === undefined || reference.digest !== undefined) {
    throw new HotcellError(
      "bad-reference",
      `${shown} is no place to push to: what it is becomes its digest.`,
      {
        subject: shown,
        expected: "registry/namespace/name:tag",
        remedy: "Give it a tag, and no digest.",
      },
    );
  }
  const { manifest, blobs } = imageOf(component);
  return RegistrySession.run(means, reference, "pull,push", undefined, async (session) => {
    for (const bytes of blobs) await session.retried(() => putBlob(session, bytes, reference));
    const digest = digestOf(manifest);
    await session.retried(async () => {
      const headers = { "content-type": imageTypes.manifest };
      const answer = await session.ask(
        session.url(`manifests/${tag}`),
        { method: "PUT", headers, body: manifest },
        [201],
      );
      answer?.drop();
      if (!answer) throw noPlace(reference);
      const told = answer.field("docker-content-digest");
      if (told !== undefined && told !== digest)
        throw damagedImage(shown, "it keeps another manifest than it was sent", {
          expected: digest,
          actual: told,
        });
    });
    return digest;
  });
}

async function putBlob(session: RegistrySession, bytes: Uint8Array, reference: OciReference): Promise<void> {
  const digest = digestOf(bytes);
  const there = await session.ask(session.url(`blobs/${digest}`), { method: "HEAD" }, [200]);
  there?.drop();
  if (there) return;
  const begun = await session.ask(
    session.url("blobs/uploads/"),
    { method: "POST", headers: { "content-length": "0" } },
    [202],
  );
  begun?.drop();
  if (!begun) throw noPlace(reference);
  const place = session.locationOf(begun);
  place.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  const put = await session.ask(place, { method: "PUT", headers, body: bytes }, [201]);
  put?.drop();
  if (!put) throw noPlace(reference);
}

function noPlace(reference: OciReference): HotcellError {
  return registryFailed(reference.registry, `it has no place for ${printReference(reference)}`);
}
