/** Values of Authorization that a guest may see, and that it may not. */

import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAccess } from "../../../host/access/access.ts";

const address = "127.0.0.1";
const long = randomBytes(32).toString("base64");
const issued = `hotcell_0123456789ab_${"x".repeat(43)}`;
const others = [
  "Basic dXNlcjpwYXNz",
  "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
  'Digest username="ada", realm="shop", nonce="x", uri="/", response="y"',
  "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu/s3/aws4_request, SignedHeaders=host, Signature=abc",
  "",
];

const around = (token: string) => [
  `Bearer ${token}`,
  `bearer   ${token}  `,
  `BEARER ${token}, Bearer x`,
  `Bearer x, Bearer ${token}`,
  `Token ${token}`,
  `token="${token}"`,
  `Digest response="${token}"`,
  `Basic ${btoa(`ada:${token}`)}`,
  `basic  ${btoa(`${token}:`)} `,
  token,
];

describe("with an admin token that can't be guessed", () => {
  const { holdsToken } = createAccess({ address, token: long });

  it.each([...around(long), ...around(issued)])("%s is the host's", (value) => {
    expect(holdsToken(value)).toBe(true);
  });

  it.each([...others, "Bearer short", `Bearer ${long}x`])("%s is not", (value) => {
    expect(holdsToken(value)).toBe(false);
  });

  it("takes a value with too many parts for a token's where it looks like one", () => {
    const many = "x ".repeat(10_000);
    expect(holdsToken(`Bearer ${many}${long}`)).toBe(true);
    expect(holdsToken(`${many}${issued}`)).toBe(true);
    expect(holdsToken(`Custom ${many}`)).toBe(false);
  });
});

describe("with one that may be guessed", () => {
  const { holdsToken } = createAccess({ address, token: "letmein" });

  it.each(["Bearer letmein", "Bearer letmeout", "Bearer x, Bearer letmein", `Bearer ${issued}`])(
    "%s is taken away, right or wrong",
    (value) => {
      expect(holdsToken(value)).toBe(true);
    },
  );

  it.each(others)("%s is not", (value) => {
    expect(holdsToken(value)).toBe(false);
  });
});

it("without an admin token only what looks like one that was given to others is the host's", () => {
  const { holdsToken } = createAccess({ address });
  expect(around(issued).map(holdsToken)).not.toContain(false);
  expect(others.map(holdsToken)).not.toContain(true);
});
