/** Pages for people: the docs page and those of errors. */
import { describe, expect, it } from "vitest";
import { docsPage } from "../../host/describe/pages/docs-page.ts";
import { errorText } from "../../host/describe/pages/error-texts/error-texts.ts";
import { failureErrors } from "../../host/describe/pages/error-texts/failure-errors.ts";
import { requestErrors } from "../../host/describe/pages/error-texts/request-errors.ts";
import { sourceErrors } from "../../host/describe/pages/error-texts/source-errors.ts";
import { uploadErrors } from "../../host/describe/pages/error-texts/upload-errors.ts";
import { errorCodes, titleOf } from "../../host/errors.ts";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";

const host = await hostOfFile();
const evil = `</p><script>alert(1)</script><img src=x onerror="alert(2)"> & 'more'`;
const docs = { worlds: { root: { docs: evil, func_exports: { add: `Adds. ${evil}` } } } };
await host.registry.deploy("calc", withSections(sample(), [["package-docs", packageDocs(docs)]]));

async function pageOf(path: string) {
  const answer = await fetch(`${host.url}${path}`);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** What a page has besides text. */
const tagsOf = (text: string) => new Set(Array.from(text.matchAll(/<([a-z!][a-z0-9]*)/gi), ([, tag]) => tag));

describe("GET /docs", async () => {
  const { status, headers, text } = await pageOf("/docs");

  it("shows functions with their docs and types, and the host's API", () => {
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const part of [
      "<h3><code>add</code></h3>",
      `curl -H &#34;Content-Type: application/json&#34; -d &#39;{&#34;a&#34;: …, &#34;b&#34;: …}&#39; ${host.url}/call/calc/add`,
      "func(a: u32, b: u32) -&#62; u32",
      "GET /call/calc/add?a=…&#38;b=…",
      "<td><code>/plugins/{name}</code></td>",
      "Adds. ",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("runs and loads nothing, whatever plugins say", () => {
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; /,
    );
    expect(text).toContain("&#60;script&#62;alert(1)");
    for (const tag of ["script", "img", "iframe", "link", "form"]) expect(tagsOf(text)).not.toContain(tag);
    const hostile = docsPage(
      {
        info: { title: evil },
        tags: [{ name: evil, description: evil, "x-not-callable": [{ function: evil, why: evil }] }],
        paths: {
          [evil]: { [evil]: { tags: [evil], summary: evil, "x-wit": evil, responses: { [evil]: {} } } },
        },
        components: {
          schemas: { [`${evil}.${evil}`]: { description: evil, enum: [evil, "\u{f0000}x"] } },
        },
      },
      evil,
    );
    expect(tagsOf(hostile)).not.toContain("script");
    expect(tagsOf(docsPage({}, ""))).toContain("body");
  });

  it("is about the plugins that are asked for", async () => {
    const only = await pageOf("/docs?plugin=calc");
    expect(only.text).not.toContain("/plugins/{name}");
    expect((await pageOf("/docs?plugin=clac")).status).toBe(404);
  });
});

describe("GET /docs/errors", () => {
  it("lists every code, each of which has a page", async () => {
    const { text } = await pageOf("/docs/errors");
    const listed = Array.from(text.matchAll(/<a href="errors\/([a-z-]+)">/g), ([, code]) => code);
    expect(listed).toEqual(errorCodes);
    for (const code of errorCodes) {
      const { status, text: about } = await pageOf(`/docs/errors/${code}`);
      expect([status, about.includes(`<h1><code>${code}</code>: `)]).toEqual([200, true]);
    }
  });

  it.each(errorCodes)("tells of %s what happened, what to do, and an example", (code) => {
    const { why, todo, example } = errorText(code)!;
    for (const text of [why, todo, example]) expect(text).toMatch(/^\S.{5,400}[.)]$/);
    // Nothing is said twice.
    expect(new Set([why, todo, titleOf(code)]).size).toBe(3);
  });

  it("has texts of codes only", () => {
    const texts = { ...uploadErrors, ...sourceErrors, ...requestErrors, ...failureErrors };
    expect(Object.keys(texts).sort()).toEqual([...errorCodes].sort());
  });

  it("has none for what is no code", async () => {
    const { status, text } = await pageOf("/docs/errors/constructor");
    expect([status, JSON.parse(text).code]).toEqual([404, "route-not-found"]);
  });
});
