/** Fields that tell a plugin who sent a request, for addresses as sockets have them. */
import { expect, it } from "vitest";
import { forwardedFields } from "../../../host/http/serve/forwarded-fields.ts";

it.each([
  ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
  // A server that listens on :: has IPv4 clients too.
  ["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1", '"[2001:db8::1]"'],
  // Zones are the machine's own, and no part of an address elsewhere.
  ["fe80::1%eth0", "fe80::1", '"[fe80::1]"'],
  [undefined, "unknown", "unknown"],
])("of %s are %s and %s", (address, plain, node) => {
  const fields: string[] = [];
  forwardedFields(fields, {}, { address, secure: false, authority: undefined, prefix: "" });
  expect(fields.slice(0, 4)).toEqual(["Forwarded", `for=${node};proto=http`, "X-Forwarded-For", plain]);
});
