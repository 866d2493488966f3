/** RFC 9110 section 13 on values by key, whose ETag is their version in quotes. */
import { HotcellError } from "../../errors.ts";
import type { ValueConditions } from "../../registry/plugin-values.ts";
import { beginning } from "../../text/cut.ts";

/** A list of entity tags, weak ones too. */
const tags = /^\s*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*(?!$)|$))+$/;

const tag = /(?:W\/)?"[^"]*"/g;

/** `If-Match` and `If-None-Match: *` of a change. Throws `bad-request` for what is not made of entity tags. */
export function valueConditions(headers: Headers): ValueConditions {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null && ifNoneMatch.trim() !== "*")
    throw noTags("If-None-Match", ifNoneMatch, "*", "Send If-None-Match: * to set what is not there yet.");
  return {
    ...(ifMatch !== null && { ifVersion: ifMatch.trim() === "*" ? "any" : versionsOf("If-Match", ifMatch) }),
    ...(ifNoneMatch !== null && { ifAbsent: true }),
  };
}

/** True where a value of that version is what the client has already. */
export function isKnownValue(headers: Headers, version: number): boolean {
  const known = headers.get("if-none-match");
  if (known === null) return false;
  return known.trim() === "*" || versionsOf("If-None-Match", known.replaceAll("W/", "")).includes(version);
}

/** A tag that is weak, or no version in quotes, is one that no value ever has. */
function versionsOf(name: string, header: string): readonly number[] {
  if (!tags.test(header))
    throw noTags(
      name,
      header,
      'the ETag of the value, such as "3"',
      `Send the ETag as it came with its quotes: ${name}: "3".`,
    );
  return [...header.matchAll(tag)].flatMap(
    ([each]) => /^"(\d{1,15})"$/.exec(each)?.slice(1).map(Number) ?? [],
  );
}

function noTags(subject: string, actual: string, expected: string, remedy: string): HotcellError {
  return new HotcellError("bad-request", `The ${subject} header is not what it can be here.`, {
    subject,
    actual: beginning(actual, 255),
    expected,
    remedy,
  });
}
