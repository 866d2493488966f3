/** Client of registries: components pulled, and what a tag stands for looked at (OCI distribution specification 1.1). */
import type { AddressLookup } from "../../backends/http-client/checked-connect.ts";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { VersionOrigin } from "../../registry/version-origin.ts";
import { digestForm, type OciReference, printReference } from "./oci-reference.ts";
import { PassingFailure } from "./passing-failure.ts";
import { noCredentials, type RegistryCredentials } from "./registry-credentials.ts";
import { badImage, damagedImage, registryFailed } from "./registry-errors.ts";
import type { RegistryRules } from "./registry-rules.ts";
import { RegistrySession, type SessionMeans } from "./registry-session.ts";
import { RegistryTokens } from "./registry-tokens.ts";
import { type RegistryTimes, RegistryTransport, registryTimes } from "./registry-transport.ts";
import { digestOf, type ImagePart, imageTypes, readManifest } from "./wasm-image.ts";

export interface OciClientOptions {
  readonly rules: RegistryRules;
  readonly credentials?: RegistryCredentials;
  /** Words for who lacks credentials. */
  readonly loginHint?: string;
  /** Bytes that a component may have. */
  readonly maxBytes: number;
  readonly times?: Partial<RegistryTimes>;
  readonly lookup?: AddressLookup;
  readonly ca?: string;
}

/** Component that was pulled. */
export interface PulledComponent {
  readonly bytes: Uint8Array;
  readonly origin: VersionOrigin;
}

export class OciClient {
  readonly #means: SessionMeans;
  readonly #maxBytes: number;

  constructor({
    rules,
    credentials = noCredentials,
    loginHint,
    maxBytes,
    times,
    lookup,
    ca,
  }: OciClientOptions) {
    const all = { ...registryTimes, ...times };
    const transport = new RegistryTransport({
      rules,
      times: all,
      ...(lookup && { lookup }),
      ...(ca !== undefined && { ca }),
    });
    const hint =
      loginHint ??
      "Put a name and a password for it into the file that HOTCELL_REGISTRY_AUTH names, as docker login writes it.";
    const tokens = new RegistryTokens({ transport, credentials, loginHint: hint });
    this.#means = { rules, transport, tokens, times: all };
    this.#maxBytes = maxBytes;
  }

  /** Means of sessions, for what is done besides pulling. */
  get means(): SessionMeans {
    return this.#means;
  }

  /** Throws `registry-not-allowed` for what is not pulled here. */
  require(reference: OciReference): void {
    this.#means.rules.require(reference);
  }

  /** Throws `image-not-found`, `bad-image`, `image-damaged`, `too-large`, and what its registry fails with. */
  pull(reference: OciReference, signal?: AbortSignal): Promise<PulledComponent> {
    const shown = printReference(reference);
    return RegistrySession.run(this.#means, reference, "pull", signal, async (session) => {
      let found = await this.#manifest(session, reference.digest ?? reference.tag!, reference.digest, shown);
      const { digest } = found;
      let read = readManifest(found.bytes, found.type, shown);
      if ("manifest" in read) {
        const { manifest } = read;
        found = await this.#manifest(session, manifest.digest, manifest.digest, shown);
        read = readManifest(found.bytes, found.type, shown);
        if ("manifest" in read) throw registryFailed(reference.registry, "its index is of indexes");
      }
      const bytes = await this.#component(session, read.component, shown);
      return { bytes, origin: { oci: shown, digest } };
    });
  }

  /** Digest of the manifest that a reference stands for now. */
  look(reference: OciReference, signal?: AbortSignal): Promise<string> {
    const shown = printReference(reference);
    return RegistrySession.run(this.#means, reference, "pull", signal, async (session) => {
      const asked = reference.digest ?? reference.tag!;
      const told = await session.retried(async () => {
        const answer = await session.ask(
          session.url(`manifests/${asked}`),
          { method: "HEAD", headers: manifestAccept },
          [200],
        );
        answer?.drop();
        if (!answer) throw notFound(shown);
        return answer.field("docker-content-digest");
      });
      if (told !== undefined && digestForm.test(told)) return told;
      return (await this.#manifest(session, asked, reference.digest, shown)).digest;
    });
  }

  async close(): Promise<void> {
    await this.#means.transport.close();
  }

  async #manifest(
    session: RegistrySession,
    asked: string,
    expected: string | undefined,
    shown: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly type: string; readonly digest: string }> {
    return session.retried(async () => {
      const answer = await session.ask(
        session.url(`manifests/${asked}`),
        { method: "GET", headers: manifestAccept },
        [200],
      );
      if (!answer) throw notFound(shown);
      const bytes = await answer.bytes(ociBounds.manifest.value, () =>
        badImage(shown, `its manifest is larger than ${ociBounds.manifest.value} bytes`),
      );
      const digest = digestOf(bytes);
      const told = expected ?? answer.field("docker-content-digest");
      // A registry may tell the digest by another algorithm, where none was asked for.
      if (told !== undefined && digestForm.test(told) && told !== digest)
        throw damagedImage(shown, "its manifest has another digest", { expected: told, actual: digest });
      const type = (answer.field("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
      return { bytes, type, digest };
    });
  }

  async #component(
    session: RegistrySession,
    { digest, size }: ImagePart,
    shown: string,
  ): Promise<Uint8Array> {
    const most = this.#maxBytes;
    if (size > most) {
      throw new HotcellError("too-large", `The component ${shown} is larger than ${most} bytes.`, {
        subject: shown,
        limit: most,
        actual: size,
        remedy: "Make it smaller, or have the host's owner raise the ceiling of componentBytes.",
      });
    }
    return session.retried(async () => {
      const answer = await session.ask(
        session.url(`blobs/${digest}`),
        { method: "GET", headers: { accept: "*/*" } },
        [200],
      );
      if (!answer)
        throw damagedImage(shown, "it does not have the component that its manifest names", {
          expected: digest,
        });
      const length = answer.field("content-length");
      if (length !== undefined && Number(length) !== size) {
        answer.drop();
        throw damagedImage(shown, "its component has another size", {
          expected: `${size} bytes`,
          actual: `${length} bytes`,
        });
      }
      const bytes = await answer.bytes(size, () =>
        damagedImage(shown, "its component is larger than its manifest says", { expected: `${size} bytes` }),
      );
      // Without a Content-Length, a connection that ended early looks like the end.
      if (bytes.length < size) throw new PassingFailure(`it sent ${bytes.length} of ${size} bytes`);
      const actual = digestOf(bytes);
      if (actual !== digest)
        throw damagedImage(shown, "its component has another digest", { expected: digest, actual });
      return bytes;
    });
  }
}

const manifestAccept = { accept: `${imageTypes.manifest}, ${imageTypes.index}` };

function notFound(shown: string): HotcellError {
  return new HotcellError("image-not-found", `The registry has no ${shown}.`, {
    subject: shown,
    remedy:
      "Look whether its name and tag are spelt so; some registries say so too where a login is missing.",
  });
}
