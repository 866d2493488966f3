/** The image's recipe: read by a linter, and what it says of running is done, without a registry of images. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { DockerfileParser, type Entrypoint, Keyword } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverOptions } from "../../host/cli/server/server-options.ts";
import { sample } from "../guests/small-plugins.ts";
import { Lines, type Running, root } from "../support/cli.ts";

const text = await readFile(join(root, "deploy/Dockerfile"), "utf8");
const dockerfile = DockerfileParser.parse(text);
const instructions = dockerfile.getInstructions();
const last = instructions.slice(instructions.findLastIndex((each) => each.getKeyword() === Keyword.FROM));
const argumentsOf = (keyword: Keyword): string =>
  last.findLast((each) => each.getKeyword() === keyword)?.getArgumentsContent() ??
  expect.fail(`no ${keyword}`);
/** Words of a command that no shell takes apart. */
const words = (keyword: Keyword): string[] =>
  (last.findLast((each) => each.getKeyword() === keyword) as Entrypoint)
    .getJSONStrings()
    .map((each) => each.getJSONValue());
const environment = Object.fromEntries(
  dockerfile.getENVs().flatMap((each) => each.getProperties().map((p) => [p.getName(), p.getValue() ?? ""])),
);
const [uid, gid] = argumentsOf(Keyword.USER).split(":").map(Number);
const healthcheck = JSON.parse(/CMD (\[.*\])$/.exec(argumentsOf(Keyword.HEALTHCHECK))![1]!) as string[];

describe("the Dockerfile", () => {
  it("has nothing that a linter complains of", () => {
    expect(validate(text)).toEqual([]);
  });

  it("is built upon the Node that everything is tested with", async () => {
    const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    const images = dockerfile.getFROMs().map((from) => from.getExpandedArguments()[0]!.getValue());
    for (const image of images) expect(image).toBe(`node:${devDependencies.node}-trixie-slim`);
  });

  it("runs as a user by number, without a shell, with its data outside of the image", () => {
    expect([uid, gid]).toEqual([1000, 1000]);
    expect([...words(Keyword.ENTRYPOINT), ...words(Keyword.CMD)]).toEqual([
      "node",
      "--disable-sigusr1",
      "--min-semi-space-size=16",
      "/app/host/cli/hotcell.mjs",
      "serve",
    ]);
    expect(argumentsOf(Keyword.VOLUME)).toBe(environment.HOTCELL_DATA);
    expect(healthcheck[0]).toBe("node");
  });

  it("tells the host what it knows, and lets nobody call who has no token", () => {
    const options = serverOptions(environment);
    expect(options).toMatchObject({ host: "0.0.0.0", data: "/data", privateCalls: true });
    expect(argumentsOf(Keyword.EXPOSE)).toBe(String(options.port));
  });

  it("is built from what the package is made of, and from no data and nothing installed here", async () => {
    const ignored = await readFile(join(root, "deploy/Dockerfile.dockerignore"), "utf8");
    const lines = ignored.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    const letIn = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    const { files } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { files: string[] };
    const packed = files.map((file) => file.split("/")[0]!).filter((name) => name !== "dist");
    expect(letIn).toEqual(
      expect.arrayContaining([
        ...packed,
        ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "tools/bundle"],
      ]),
    );
    expect(lines).toEqual(expect.arrayContaining(["**/node_modules", "**/.hotcell*"]));
  });
});

/** Root may mount where it is; everybody else as root of a user namespace, and then as no other user. */
const isRoot = process.getuid?.() === 0;
const namespaces = [
  ...(isRoot ? ["--mount"] : ["--user", "--map-root-user", "--mount"]),
  ...["--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
];
/** A root that can't be written to, with the checkout in place of the image's folder, and a volume. */
const script = `
  mount --bind "$1" "$2" && mount --bind "$3" "$3" || exit 90
  for each in "$2" /; do
    mount -o remount,bind,ro "$each" || exit 91
    touch "$each/hotcell-written" 2> /dev/null && exit 92
  done
  shift 3
  exec ${isRoot ? `setpriv --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs --bounding-set=-all` : ""} "$@"`;

describe("a host that runs as the Dockerfile says", () => {
  let folder: string;
  let data: string;
  let app: string;
  beforeAll(async () => {
    [folder, data, app] = (await Promise.all(
      ["image", "data", "app"].map((name) => mkdtemp(join(tmpdir(), `hotcell-${name}-`))),
    )) as [string, string, string];
    if (isRoot) await chown(data, uid!, gid!);
    await chmod(app, 0o755);
  });
  afterAll(async () => {
    for (const each of [folder, data, app]) await rm(each, { recursive: true, force: true });
  });

  it("serves from a read-only root as another user, also a plugin in a process; is healthy; ends when it is asked to", async () => {
    const token = "a-token-as-long-as-those-that-are-made";
    const command = [...words(Keyword.ENTRYPOINT), ...words(Keyword.CMD)].map((word) =>
      word.replace(/^\/app/, app).replace(/^node$/, join(app, relative(root, process.execPath))),
    );
    const child = spawn("unshare", [...namespaces, "sh", "-c", script, "sh", root, app, data, ...command], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        ...environment,
        HOTCELL_DATA: data,
        HOTCELL_PORT: "0",
        HOTCELL_TOKEN: token,
      },
      stdio: ["ignore", "pipe", "pipe"],
    }) as Running;
    const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
    const { port } = new URL(url);

    const form = new FormData();
    form.set("plugin", new Blob([new Uint8Array(sample())]), "calc.wasm");
    form.set("settings", JSON.stringify({ placement: "process" }));
    const headers = { authorization: `Bearer ${token}` };
    const deployed = await fetch(`${url}/plugins/calc`, { method: "PUT", body: form, headers });
    expect([deployed.status, await deployed.text()]).toEqual([201, expect.anything()]);
    const call = `${url}/call/calc/add?a=40&b=2`;
    expect(await (await fetch(call, { headers })).json()).toBe(42);
    expect((await fetch(call)).status).toBe(401);

    const health = () =>
      spawnSync(process.execPath, healthcheck.slice(1), { env: { HOTCELL_PORT: port } }).status;
    expect(health()).toBe(0);
    const [pid] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")).split(" ");
    const exited = once(child, "exit");
    process.kill(Number(pid), "SIGTERM");
    expect((await exited)[0]).toBe(0);
    expect(health()).toBe(1);
  });
});
