/** Examples of HTTP plugins in a page: blocks of AssemblyScript that make one plugin, and blocks of requests with their answers. */

export interface HttpExample {
  /** First line of the request. */
  readonly title: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
  readonly answer: {
    readonly status: number;
    /** Those that the page shows. */
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
}

function blocksOf(page: string, language: string): string[] {
  return Array.from(
    page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms")),
    ([, text]) => text!,
  );
}

export function httpExamples(page: string): HttpExample[] {
  return blocksOf(page, "http").map((text) => {
    const [asked = "", answered = ""] = text.split(/^HTTP\/1\.1 /m);
    const [title = "", request, body] = partsOf(asked);
    const [method = "", target = ""] = title.split(" ");
    const [status = "", headers, answerBody] = partsOf(answered);
    return {
      title,
      method,
      target,
      headers: request,
      body: body || undefined,
      answer: { status: Number(status), headers, body: answerBody },
    };
  });
}

/** First line, fields, and the body without the line's end that the block has at its end. */
function partsOf(message: string): [string, [string, string][], string] {
  const [, head = "", body = ""] = /^(.*?)(?:\n\n(.*))?$/s.exec(message.trimEnd())!;
  const [first = "", ...lines] = head.split("\n");
  return [first, lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]), body];
}

/** The blocks as one plugin's source: what they need of the library's names at its top, and one `app`. */
export function pluginOf(page: string, library: readonly string[]): string {
  const lines = blocksOf(page, "ts").join("\n");
  const body = lines
    .replaceAll(/^import .*;\n/gm, "")
    .replace("const app = new App();\n", "")
    .replace("export default app;\n", "");
  const names = library.filter((name) => name === "App" || new RegExp(`\\b${name}\\b`).test(body));
  return `import { ${names.join(", ")} } from "hotcell/assembly/http";
const app = new App();
${body}
export default app;
`;
}
