/** Uploads that are a reference to a component in a registry, which the host pulls by itself. */
import { HotcellError } from "../../../errors.ts";
import { jsonObject, mediaType, readJson } from "../../body/body.ts";
import type { BodyRequest } from "../../body/body-source.ts";
import type { Services } from "../../services.ts";
import type { Upload } from "./upload.ts";

const example = '{"oci":"ghcr.io/acme/greet:1.2.0","settings":{"mode":"fresh"}}';

const remedy = `Send ${example}, or a component as application/wasm.`;

export function isPull(request: Request): boolean {
  return mediaType(request) === "application/json";
}

/** Upload that was pulled, with its turn: as long as that is held, no more are pulled than may be, so no more are in memory. */
interface PulledUpload extends Disposable {
  readonly upload: Upload;
}

/**
 * Component that a JSON body names: `oci`, a reference, and `settings` and `checks` as a form has them. Throws `bad-request`,
 * `bad-json`, `too-many-requests`, and what `Host.pull` throws.
 */
export async function receivePull(
  body: BodyRequest,
  signal: AbortSignal,
  services: Pick<Services, "limits" | "bodies" | "inflater" | "pull" | "pulls">,
): Promise<PulledUpload> {
  const members = ["oci", "settings", "checks"];
  const sent = await readJson(body, services).catch((error: unknown) => {
    throw withWayOut(error);
  });
  const { oci, settings, checks } = jsonObject(sent, "The body", members, example);
  if (typeof oci !== "string") {
    throw new HotcellError("bad-request", "The body names no component: oci must be a reference.", {
      subject: "oci",
      expected: "registry/namespace/name:tag",
      remedy,
    });
  }
  using held = new DisposableStack();
  held.use(await services.pulls.enter(signal));
  const upload: Upload = {
    ...(await services.pull(oci, signal)),
    ...(settings !== undefined && {
      settings: jsonObject(settings, "The member settings", undefined, '{"mode":"fresh"}'),
    }),
    ...(checks !== undefined && {
      checks: checks && jsonObject(checks, "The member checks", undefined, '{"calls":[…]}'),
    }),
  };
  const turn = held.move();
  return { upload, [Symbol.dispose]: () => turn.dispose() };
}

/** Error that tells both forms: what is no JSON, or too much of it, may be a component under the wrong type. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof HotcellError) || !["bad-json", "too-large"].includes(error.code)) return error;
  return new HotcellError(error.code, error.message, { ...error.facts, remedy });
}
