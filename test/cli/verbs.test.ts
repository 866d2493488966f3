/** The table of verbs, and what it costs to look something up in it. */
import { expect, it } from "vitest";
import { capabilities } from "../../host/capabilities/table.ts";
import { grantable } from "../../host/cli/verbs/operate/grant-words.ts";
import { verbs } from "../../host/cli/verbs/verbs.ts";
import { finished, startNode } from "../support/cli.ts";

/** Prints the layers of ours that verbs load which operate a host, and how many files come with the list of verbs alone. */
const loading = `
  import { registerHooks } from "node:module";
  const files = [];
  registerHooks({ load(url, context, next) { files.push(url); return next(url, context); } });
  const { verbs } = await import("./host/cli/verbs/verbs.ts");
  await import("./host/cli/run.ts");
  const first = files.filter((url) => url.startsWith("file:")).length;
  for (const name of ["ls", "show", "call", "deploy", "logs", "top", "set", "grant", "rm", "token", "kv", "completion"])
    await verbs.get(name).load();
  const layers = new Set(files.map((url) => /\\/host\\/([^/]+)\\//.exec(url)?.[1]));
  console.log(JSON.stringify({ first, layers: [...layers].filter((layer) => layer) }));
`;

it("loads no more than the verb that is meant, and for those that operate a host nothing of what runs one", async () => {
  const { stdout, stderr } = await finished(startNode(["--input-type=module", "--eval", loading]));
  expect(stderr).toBe("");
  const { first, layers } = JSON.parse(stdout) as { first: number; layers: string[] };
  expect(first).toBeLessThan(30);
  for (const layer of ["engine", "capabilities", "backends", "registry", "placement", "http"])
    expect(layers).not.toContain(layer);
});

it("completes the capabilities that a host grants", () => {
  expect(grantable).toEqual(capabilities.flatMap(({ name, grant }) => (grant ? [name] : [])));
});

it.each([...verbs])("hotcell %s has --json, and its help says what for", async (_, { load }) => {
  const { options, help } = await load();
  expect(options.json).toMatchObject({ type: "boolean" });
  expect(help).toMatch(/^ {2}--json +\S/m);
});

it("says to programs, too, that Node is too old", async () => {
  const older =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })";
  const hotcell = (...line: readonly string[]) =>
    finished(
      startNode([
        "--import",
        `data:text/javascript,${encodeURIComponent(older)}`,
        "host/cli/hotcell.mjs",
        ...line,
      ]),
    );
  const [doctor, ls] = await Promise.all([hotcell("doctor", "--json"), hotcell("ls", "--json")]);
  const said = expect.stringContaining("this is Node 20.19.0");
  expect(doctor).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(doctor.stdout)).toMatchObject({
    ok: false,
    findings: [{ name: "node", state: "wrong", found: said }],
  });
  expect(ls).toMatchObject({ code: 1, stdout: "" });
  expect(JSON.parse(ls.stderr)).toMatchObject({ code: "tool-missing", detail: said });
});
