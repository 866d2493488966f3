/** What an upload brings: a component, and perhaps settings. */

import { HotcellError } from "../errors.ts";
import type { SettingsInput } from "../registry/settings.ts";
import { checkLength, jsonObject, mediaType, parseJson, readBody, requireMediaType } from "./body.ts";

export interface Upload {
  readonly bytes: Uint8Array;
  readonly settings?: SettingsInput;
  /** In the `calls.json` format; what is in it is the registry's to check. */
  readonly checks?: unknown;
}

/** Without a type a body counts as `application/octet-stream` (RFC 9110, section 8.3): `curl -T` sends none. */
const binaryTypes = ["application/wasm", "application/octet-stream", ""];
const multipart = "multipart/form-data";

/** What a multipart body may carry besides the component: settings, boundaries, part headers. */
const multipartExtra = 256 * 1024;

/**
 * What a header tells of an upload. Throws `unsupported-media-type`, and `too-large` for a Content-Length beyond what
 * `receiveUpload` takes.
 */
export function checkUpload(request: Request, limit: number): void {
  const raw = binaryTypes.includes(mediaType(request));
  if (!raw) {
    requireMediaType(
      request,
      ["application/wasm", multipart],
      `curl -T plugin.wasm -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/wasm" ${urlOf(request)}`,
    );
  }
  checkLength(request, raw ? limit : limit + multipartExtra);
}

/**
 * A raw body (`application/wasm`, or the type of unknown files), or multipart with the fields `plugin`, a file,
 * `settings` and `checks`, JSON. `limit` bounds the component, in bytes.
 * `checkUpload` has let it pass. Throws `too-large`, `bad-request`, `bad-json`.
 */
export async function receiveUpload(request: Request, plugin: string, limit: number): Promise<Upload> {
  if (binaryTypes.includes(mediaType(request))) return { bytes: await readBody(request, limit) };
  const form = await parseForm(request, await readBody(request, limit + multipartExtra));
  const unknown = [...form.keys()].find((name) => !["plugin", "settings", "checks"].includes(name));
  if (unknown !== undefined)
    throw badForm(`There is no field ${JSON.stringify(unknown.slice(0, 100))}.`, plugin);
  const file = single(form, "plugin", plugin);
  if (file === undefined) throw badForm("The field plugin is missing.", plugin);
  if (typeof file === "string") throw badForm("The field plugin must be a file, not text.", plugin);
  if (file.size > limit) {
    throw new HotcellError("too-large", `The component is larger than ${limit} bytes.`, {
      limit,
      actual: file.size,
    });
  }
  const settings = await jsonField(form, "settings", plugin);
  const checks = await jsonField(form, "checks", plugin);
  return {
    bytes: new Uint8Array(await file.arrayBuffer()),
    ...(settings !== undefined && { settings: jsonObject(settings, "The field settings") }),
    ...(checks !== undefined && { checks: jsonObject(checks, "The field checks") }),
  };
}

async function jsonField(form: FormData, name: string, plugin: string): Promise<unknown> {
  const field = single(form, name, plugin);
  if (field === undefined) return undefined;
  return parseJson(typeof field === "string" ? field : await field.text(), `The field ${name}`);
}

/** The whole body is here already, bounded, so the platform's own parser may have it. */
async function parseForm(request: Request, body: Uint8Array<ArrayBuffer>): Promise<FormData> {
  try {
    const type = request.headers.get("content-type") ?? "";
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch (cause) {
    throw new HotcellError("bad-request", "The body is not the multipart/form-data that it claims to be.", {
      remedy: "Let the client make the Content-Type header, its boundary must be the body's.",
      cause,
    });
  }
}

function single(form: FormData, name: string, plugin: string): string | File | undefined {
  const values = form.getAll(name);
  if (values.length > 1) throw badForm(`The field ${name} came ${values.length} times.`, plugin);
  return values[0];
}

function badForm(detail: string, plugin: string): HotcellError {
  return new HotcellError("bad-request", detail, {
    subject: plugin,
    expected: "plugin (the component, a file) and perhaps settings and checks (JSON)",
    remedy: `curl -X PUT -F plugin=@plugin.wasm -F 'settings={"grants":{"clocks":true}}' …/plugins/${plugin}`,
  });
}

function urlOf(request: Request): string {
  const end = request.url.indexOf("?");
  return end < 0 ? request.url : request.url.slice(0, end);
}
