/**
 * Parts of a `multipart/form-data` body (RFC 7578), which is here already. The platform's parser takes a second for
 * 200,000 parts or a long header and copies every file, so it is given the parts' headers only, and few of them.
 */

import { randomUUID } from "node:crypto";
import { bodyBounds } from "../../bounds/http-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { requireUtf8 } from "./body.ts";

export interface FormPart {
  readonly name: string;
  /** Name of a file, as it was sent; undefined of a text. */
  readonly filename: string | undefined;
  /** Media type that a file was sent with, in lower case and without parameters; empty where it had none. */
  readonly type: string;
  /** A view of the body. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Fields that there are, some files, and some to spare for a message that names the wrong one. */
const maxParts = bodyBounds.formParts.value;
/** Bytes of one part's header. */
const maxHeader = bodyBounds.partHeader.value;

const lineEnd = Buffer.from("\r\n");
const headerEnd = Buffer.from("\r\n\r\n");

/** Parts in their order. Throws `bad-request` for a body that is none, and for more or larger headers than forms have. */
export async function formParts(body: Uint8Array<ArrayBuffer>, contentType: string): Promise<FormPart[]> {
  const delimiter = delimiterOf(contentType);
  const sections = split(Buffer.from(body.buffer, body.byteOffset, body.byteLength), delimiter);
  const boundary = randomUUID();
  const heads = sections.flatMap(({ header }) => [`--${boundary}\r\n`, header, "\r\n\r\n\r\n"]);
  const skeleton = new Blob([...heads, `--${boundary}--\r\n`]);
  let entries: [string, string | File][];
  try {
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
    entries = [...(await new Response(skeleton, { headers }).formData())];
  } catch (cause) {
    throw notAForm(cause);
  }
  if (entries.length !== sections.length) throw notAForm();
  for (const [i, { header }] of sections.entries()) requirePlain(entries[i]![0], header.toString("latin1"));
  return entries.map(([name, value], i) => ({
    name,
    filename: typeof value === "string" ? undefined : value.name,
    type: typeof value === "string" ? "" : value.type.split(";")[0]!.trim().toLowerCase(),
    content: sections[i]!.content,
  }));
}

interface Section {
  readonly header: Buffer<ArrayBuffer>;
  readonly content: Buffer<ArrayBuffer>;
}

/** RFC 2046, section 5.1.1: what stands before the first delimiter and after the last is nothing. */
function split(body: Buffer<ArrayBuffer>, delimiter: Buffer): Section[] {
  const between = Buffer.concat([lineEnd, delimiter]);
  const startsAtOnce = body.subarray(0, delimiter.length).equals(delimiter);
  const first = startsAtOnce ? 0 : body.indexOf(between) + lineEnd.length;
  if (!startsAtOnce && first < lineEnd.length) throw notAForm();
  const sections: Section[] = [];
  for (let at = first + delimiter.length; ; ) {
    if (body.subarray(at, at + 2).equals(dashes)) return sections;
    if (!body.subarray(at, at + lineEnd.length).equals(lineEnd)) throw notAForm();
    if (sections.length === maxParts) throw tooMuch(`more than ${maxParts} parts`, maxParts);
    const start = at + lineEnd.length;
    const length = body.subarray(start, start + maxHeader).indexOf(headerEnd);
    if (length < 0) {
      if (body.length - start < maxHeader) throw notAForm();
      throw tooMuch(`a part whose header is longer than ${maxHeader} bytes`, maxHeader);
    }
    const content = start + length + headerEnd.length;
    // An empty part's end of line is that of its header.
    const end = body.indexOf(between, content - lineEnd.length);
    if (end < 0) throw notAForm();
    sections.push({
      header: body.subarray(start, start + length),
      content: body.subarray(content, Math.max(content, end)),
    });
    at = end + between.length;
  }
}

/** RFC 7578, section 4.7, deprecates encodings of a part's own; nobody undoes them here, and who sends one means another text. */
function requirePlain(name: string, header: string): void {
  const field = `The field ${JSON.stringify(beginning(name, 100))}`;
  const [, type] = /^content-type:(.*)$/im.exec(header) ?? [];
  if (type !== undefined) requireUtf8(type, field);
  const [line, coding = ""] = /^content-(?:transfer-)?encoding:(.*)$/im.exec(header) ?? [];
  if (line === undefined || /^\s*(?:7bit|8bit|binary|identity)\s*$/i.test(coding)) return;
  throw new HotcellError("bad-request", `${field} comes encoded (${beginning(coding.trim(), 100)}).`, {
    subject: beginning(name, 100),
    actual: beginning(line.trim(), 255),
    expected: "the bytes as they are",
    remedy: "Send the parts as they are; Content-Encoding of the whole request compresses it.",
  });
}

const dashes = Buffer.from("--");

function delimiterOf(contentType: string): Buffer {
  const [, quoted, bare] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw notAForm();
  return Buffer.from(`--${boundary}`, "latin1");
}

function notAForm(cause?: unknown): HotcellError {
  return new HotcellError("bad-request", "The body is not the multipart/form-data that it claims to be.", {
    remedy: "Let the client make the Content-Type header, its boundary must be the body's.",
    ...(cause !== undefined && { cause }),
  });
}

function tooMuch(what: string, limit: number): HotcellError {
  return new HotcellError("bad-request", `The form has ${what}.`, {
    limit,
    expected: "plugin (the component, a file), and perhaps settings and checks (JSON) and files",
    remedy: "Send each field once, but for files, and no others; many files as one tar: -F files=@site.tar",
  });
}
