import { format, inspect, isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { redact, Secret, sameSettings, seal, sealSettings, unseal } from "../../host/capabilities/secret.ts";

const text = "hunter2-hunter2";
const secret = new Secret(text);

describe("a secret", () => {
  it.each([
    ["String", String(secret)],
    ["a template", `${secret}`],
    ["concatenation", `key=${secret}`],
    ["JSON", JSON.stringify({ secret, list: [secret] })],
    ["util.inspect", inspect({ secret, list: [secret] }, { showHidden: true, depth: 9, getters: true })],
    ["util.format", format("%s %o %O %j %d", secret, secret, secret, secret, secret)],
    ["an error's cause", inspect(new Error("failed", { cause: { secret } }))],
    [
      "a copy",
      inspect({ ...secret }) + JSON.stringify({ ...secret }) + JSON.stringify(Object.values(secret)),
    ],
    [
      "its property names",
      JSON.stringify(Object.entries(secret)) + JSON.stringify(Reflect.ownKeys(secret).map(String)),
    ],
  ])("is not in what %s makes of it", (_, printed) => {
    expect(printed).not.toContain("hunter");
  });

  it("prints as what it is", () => {
    expect(`${secret}`).toBe("[secret]");
    expect(JSON.stringify([secret])).toBe('["[secret]"]');
    expect(inspect({ secret })).toBe("{ secret: [secret] }");
  });

  it("is opened on purpose", () => {
    expect(secret.reveal()).toBe(text);
  });

  it("can't be sent to a thread by accident", () => {
    expect(() => structuredClone({ secret })).toThrow(/could not be cloned/);
  });

  it("is another one when it was rotated, also to who compares without knowing of secrets", () => {
    const [before, same, rotated] = [text, text, "hunter3-hunter3"].map((each) => ({
      env: { KEY: new Secret(each), SHOWN: "plain" },
    }));
    expect(sameSettings(before, same)).toBe(true);
    expect(sameSettings(before, rotated)).toBe(false);
    expect(sameSettings(before, { env: { KEY: "[secret]", SHOWN: "plain" } })).toBe(false);
    expect(sameSettings(before, { env: { KEY: text, SHOWN: "plain" } })).toBe(false);
    expect(isDeepStrictEqual(before, rotated)).toBe(false);
  });
});

describe("settings with secrets", () => {
  const sent = {
    mode: "shared",
    env: { KEY: { secret: text }, secret: "a name like any other" },
    grants: { logging: true, http: { headers: [{ value: { secret: text } }] } },
  };

  it("are sealed wherever they have one, and unsealed to what they were", () => {
    const sealed = sealSettings(sent);
    expect(JSON.stringify(sealed)).not.toContain("hunter");
    expect(unseal(sealed)).toEqual(sent);
    expect(unseal(sealSettings(sealed))).toEqual(sent);
  });

  it("are shown without them", () => {
    expect(redact(sealSettings(sent))).toEqual({
      mode: "shared",
      env: { KEY: { secret: true }, secret: "a name like any other" },
      grants: { logging: true, http: { headers: [{ value: { secret: true } }] } },
    });
  });

  it("are otherwise left as they are, whatever they are", () => {
    const bytes = new Uint8Array(2);
    for (const other of [
      null,
      undefined,
      1,
      "text",
      [],
      [1],
      { env: null },
      { env: [1] },
      { grants: 1 },
      { bytes },
    ])
      expect(sealSettings(other)).toEqual(other);
    expect(seal({ secret: text, more: 1 })).toEqual({ secret: text, more: 1 });
    const named = JSON.parse('{ "env": { "__proto__": { "secret": "x" } } }') as { env: object };
    expect(Object.keys((sealSettings(named) as { env: object }).env)).toEqual(["__proto__"]);
  });
});
