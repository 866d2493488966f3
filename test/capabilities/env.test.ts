import { describe, expect, it } from "vitest";
import { pluginBounds } from "../../host/bounds/cell-bounds.ts";
import {
  checkEnv,
  type Env,
  envSchema,
  keepSecrets,
  plainEnv,
  scrubberFor,
} from "../../host/capabilities/env.ts";
import { parseBySchema } from "../../host/capabilities/kit/settings-schema.ts";
import { Secret } from "../../host/capabilities/secret.ts";
import type { HotcellError } from "../../host/errors.ts";
import { thrownBy } from "../support/thrown.ts";

const env = { HOST: "db.local", PASSWORD: new Secret("pass word") };
const value = new Secret("Bearer x");
const before = {
  env,
  grants: { http: { allow: ["*"], secrets: { "https://a.example": { header: "a", value } } } },
};

describe("secrets of the settings", () => {
  it("are told to the plugin", () => {
    expect(plainEnv(env)).toEqual([
      ["HOST", "db.local"],
      ["PASSWORD", "pass word"],
    ]);
  });

  it("stay what they are when an answer is sent back", () => {
    const sent = { mode: "fresh", env: { HOST: "other", PASSWORD: { secret: true } } };
    expect(keepSecrets(sent, before)).toEqual({
      mode: "fresh",
      env: { HOST: "other", PASSWORD: env.PASSWORD },
    });
    for (const nothing of [undefined, null, {}, { env: null }, { env: [] }]) {
      expect(keepSecrets(nothing, before)).toEqual(nothing);
    }
  });

  it("stay what they are in grants, too", () => {
    const shown = { "https://a.example": { header: "b", value: { secret: true } } };
    const sent = {
      grants: { http: { secrets: { ...shown, "https://b.example": shown["https://a.example"] } } },
    };
    expect(keepSecrets(sent, before)).toEqual({
      grants: {
        http: {
          secrets: { ...shown, ...sent.grants.http.secrets, "https://a.example": { header: "b", value } },
        },
      },
    });
  });

  it("can't be sent back where there are none", () => {
    const sent = keepSecrets({ env: { TOKEN: { secret: true }, HOST: { secret: true } } }, before) as {
      env: unknown;
    };
    expect(() => parseBySchema(envSchema, sent.env, "settings.env")).toThrow(/settings\.env\.TOKEN/);
  });

  it("are refused when they are no strings", () => {
    for (const value of [1, null, { secret: 1 }, { secret: "a", more: "b" }, ["a"]])
      expect(() => parseBySchema(envSchema, { KEY: value }, "settings.env")).toThrow(
        expect.objectContaining({ code: "bad-settings" }),
      );
    const sent = { HOST: "db.local", PASSWORD: { secret: "pass word" } };
    expect(plainEnv(parseBySchema(envSchema, sent, "settings.env"))).toEqual(plainEnv(env));
    expect(parseBySchema(envSchema, env, "settings.env")).toEqual(env);
  });

  it("may be so long, and a little longer not, and are texts", () => {
    checkEnv({
      PLAIN: "x".repeat(pluginBounds.env.value - pluginBounds.secrets.value - 6),
      K: new Secret("x".repeat(pluginBounds.secrets.value)),
    });
    const codeAndFacts = (env: Env) => (thrownBy(() => checkEnv(env)) as HotcellError).toProblem();
    expect(codeAndFacts({ K: new Secret("x".repeat(pluginBounds.secrets.value + 1)) })).toMatchObject({
      code: "bad-settings",
      subject: "settings.env",
      limit: pluginBounds.secrets.value,
      actual: pluginBounds.secrets.value + 1,
    });
    expect(codeAndFacts({ K: "x".repeat(pluginBounds.env.value) })).toMatchObject({
      limit: pluginBounds.env.value,
      actual: pluginBounds.env.value + 1,
    });
    const problem = codeAndFacts({ K: new Secret("s3cret \ud800 s3cret") });
    expect(problem).toMatchObject({ code: "bad-settings", subject: "settings.env.K" });
    expect(JSON.stringify(problem)).not.toContain("s3cret");
  });

  it("are struck out of texts, those of grants too, and what is plain is not", () => {
    const grants = { http: { headers: [{ value: new Secret("abcdef") }] } };
    const scrubber = scrubberFor({ env: { A: new Secret("abcd"), D: "plain" }, grants });
    expect(scrubber.scrub("abcdef abcd plain")).toBe("[secret] [secret] plain");
  });
});
