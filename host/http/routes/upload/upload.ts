/** Uploads as they come: a component, and perhaps settings, checks and files. */

import { KiB } from "../../../bounds/host-bound.ts";
import { bodyBounds } from "../../../bounds/http-bounds.ts";
import { HotcellError } from "../../../errors.ts";
import type { SettingsInput } from "../../../registry/settings/settings.ts";
import type { VersionOrigin } from "../../../registry/version-origin.ts";
import { beginning } from "../../../text/cut.ts";
import { checkLength, jsonObject, mediaType, readBody, requireMediaType } from "../../body/body.ts";
import type { BodyLimits } from "../../body/body-limits.ts";
import type { BodyRequest } from "../../body/body-source.ts";
import { codingsOf, lessThanCeiling, stillCoded } from "../../body/content-coding.ts";
import { parseJson } from "../../body/json-text.ts";
import { type FormPart, formParts } from "../../body/multipart.ts";
import type { Services } from "../../services.ts";
import { uploadedFiles } from "./upload-files.ts";

export interface Upload {
  readonly bytes: Uint8Array;
  readonly settings?: SettingsInput;
  /** Checks in the `calls.json` format; what is in them is the registry's to judge. */
  readonly checks?: unknown;
  /** Files that come with it, by their paths. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Place that it was pulled from, where it was. */
  readonly origin?: VersionOrigin;
}

/** Without a type a body counts as `application/octet-stream` (RFC 9110, section 8.3): `curl -T` sends none. */
const binaryTypes = ["application/wasm", "application/octet-stream", ""];
const multipart = "multipart/form-data";

/** Bytes that a multipart body may carry besides the component: settings, boundaries, part headers. */
const multipartExtra = bodyBounds.formExtra.value;

/** The limits whose ceilings on the host bound uploads. */
const ceiling = "componentBytes";
const formCeiling = "componentBytes + limits.uploadFileBytes";

/** Bytes that a file has in a tar besides its own, at most: headers, and what fills its last block up. */
const perFile = 3 * KiB;

/** Bytes that a form may have. */
function formLimit({ upload, files }: BodyLimits): number {
  return upload + files.uploadFileBytes + files.uploadFiles * perFile + multipartExtra;
}

/** Bytes of a field that is JSON, where the component leaves so much: as of a JSON body by default. */
const maxField = bodyBounds.formField.value;

/**
 * Checks what a header tells of an upload. Throws `unsupported-media-type`, `unsupported-coding`, and `too-large` for a Content-Length beyond what
 * `receiveUpload` takes.
 */
export function checkUpload(request: Request, limits: BodyLimits): void {
  const type = mediaType(request);
  const raw = binaryTypes.includes(type);
  if (!raw) {
    requireMediaType(
      request,
      ["application/wasm", multipart, "application/json"],
      `curl -T plugin.wasm -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/wasm" ${urlOf(request)}`,
    );
  }
  codingsOf(request.headers);
  if (raw) checkLength(request, limits.upload, ceiling);
  else if (type === multipart) checkLength(request, formLimit(limits), formCeiling);
}

/**
 * A raw body (`application/wasm`, or the type of unknown files), or multipart with the fields `plugin`, a file,
 * `settings` and `checks`, JSON, and `files`, any number of them.
 * `checkUpload` has let it pass. Throws `too-large`, `bad-request`, `bad-json`, `bad-files`.
 */
export async function receiveUpload(
  request: BodyRequest,
  plugin: string,
  { limits, inflater }: Pick<Services, "limits" | "inflater">,
): Promise<Upload> {
  const limit = limits.upload;
  const reading = { inflater, ceiling } as const;
  if (binaryTypes.includes(mediaType(request)))
    return { bytes: plain(await readBody(request, limit, reading)) };
  const body = await readBody(request, formLimit(limits), { inflater, ceiling: formCeiling });
  const form = await formParts(body, request.headers.get("content-type") ?? "");
  const unknown = form.find(({ name }) => !["plugin", "settings", "checks", "files"].includes(name));
  if (unknown !== undefined)
    throw badForm(`The form takes no field ${JSON.stringify(beginning(unknown.name, 100))}.`, plugin);
  const file = single(form, "plugin", plugin);
  if (file === undefined) throw badForm("The field plugin is missing.", plugin);
  if (file.filename === undefined) throw badForm("The field plugin must be a file, not text.", plugin);
  const { buffer, byteOffset, byteLength } = file.content;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  if (bytes.byteLength > limit) {
    throw new HotcellError("too-large", `The component is larger than ${limit} bytes.`, {
      limit,
      actual: bytes.byteLength,
      remedy: lessThanCeiling(ceiling),
    });
  }
  const settings = jsonField(form, "settings", plugin);
  const checks = jsonField(form, "checks", plugin);
  const sent = form.filter(({ name }) => name === "files");
  return {
    ...(sent.length > 0 && { files: await uploadedFiles(sent, limits.files) }),
    bytes: plain(bytes),
    ...(settings !== undefined && {
      settings: jsonObject(settings, "The field settings", undefined, '{"mode":"fresh"}'),
    }),
    // Nothing in their place removes those that the plugin has.
    ...(checks !== undefined && {
      checks: checks && jsonObject(checks, "The field checks", undefined, '{"calls":[…]}'),
    }),
  };
}

/** Bytes as they are. Throws `not-wasm` for a component that is compressed still: it is whoever sent it who can say so. */
function plain<T extends Uint8Array>(bytes: T): T {
  const still = stillCoded(bytes);
  if (!still) return bytes;
  throw new HotcellError("not-wasm", `This is ${still.coding}, and not WebAssembly.`, {
    offset: 0,
    remedy: `${still.remedy} the .wasm file itself.`,
  });
}

/** Value of a field that is JSON; undefined where it is missing. Throws `too-large`, `bad-json`. */
function jsonField(form: readonly FormPart[], name: string, plugin: string): unknown {
  const field = single(form, name, plugin);
  if (field === undefined) return undefined;
  const { byteLength } = field.content;
  if (byteLength > maxField) {
    throw new HotcellError("too-large", `The field ${name} is larger than ${maxField} bytes.`, {
      subject: name,
      limit: maxField,
      actual: byteLength,
      remedy: "Send less with the upload; settings can be changed with PATCH besides.",
    });
  }
  if (byteLength === 0) {
    throw new HotcellError("bad-json", `The field ${name} is not JSON: it is empty.`, {
      subject: name,
      expected: "a JSON object",
      remedy: `Send {} in it, or leave it out.`,
    });
  }
  return parseJson(field.content, `The field ${name}`);
}

function single(form: readonly FormPart[], name: string, plugin: string): FormPart | undefined {
  const fields = form.filter((part) => part.name === name);
  if (fields.length > 1) throw badForm(`The field ${name} came ${fields.length} times.`, plugin);
  return fields[0];
}

function badForm(detail: string, plugin: string): HotcellError {
  return new HotcellError("bad-request", detail, {
    subject: plugin,
    expected: "plugin (the component, a file), and perhaps settings and checks (JSON) and files",
    remedy: `curl -X PUT -F plugin=@plugin.wasm -F 'settings={"grants":{"clocks":true}}' …/plugins/${plugin}`,
  });
}

function urlOf(request: Request): string {
  const end = request.url.indexOf("?");
  return end < 0 ? request.url : request.url.slice(0, end);
}
