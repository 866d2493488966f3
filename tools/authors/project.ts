/** A project as an author has it: an empty folder, the packed package, and what npm installs. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Authored, LivePlugin } from "./authored.ts";
import { PluginError } from "./authored.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = fileURLToPath(new URL("plugins", import.meta.url));
const token = "authors-own-token";

/** What a function is called with, and what the host answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class AuthorsProject {
  readonly #folder: string;
  #server: ReturnType<typeof spawn> | undefined;
  #url = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The tools in the versions that hotcell asks for, and the JSON library that one of the plugins uses. */
  async install(tarball: string): Promise<void> {
    const own = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      peerDependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const needed = { ...own.peerDependencies, "json-as": own.devDependencies["json-as"] };
    await writeFile(
      join(this.#folder, "package.json"),
      '{ "name": "mine", "private": true, "type": "module" }\n',
    );
    const packages = Object.entries(needed).map(([name, version]) => `${name}@${version}`);
    const options = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", ...options, tarball, ...packages], { cwd: this.#folder });
  }

  /** `hotcell new`, then the author's own world and code in the place of the template's. */
  async begin({ name }: Authored): Promise<void> {
    await this.hotcell("new", name, "--yes", "--no-build");
    const plugin = join(this.#folder, name);
    await rm(join(plugin, "calls.json"));
    await cp(join(sources, name), plugin, {
      recursive: true,
      filter: (path) => !path.endsWith("expected.ts"),
    });
    await this.hotcell("wit", "add", "--in", name);
  }

  /** A release build. */
  async build({ name }: Authored): Promise<void> {
    await this.hotcell("build", name);
  }

  async hotcell(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, ["node_modules/.bin/hotcell", ...args], {
      cwd: this.#folder,
      // The compiler is megabytes of JavaScript, read anew by each of many short runs.
      env: { ...process.env, NODE_COMPILE_CACHE: join(this.#folder, "node_modules/.cache/compiled") },
    });
    return stdout;
  }

  async serve(): Promise<void> {
    await mkdir(join(this.#folder, "data"), { recursive: true });
    const server = spawn(
      process.execPath,
      ["node_modules/.bin/hotcell", "serve", "--port", "0", "--data", "data"],
      {
        cwd: this.#folder,
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, HOTCELL_TOKEN: token },
      },
    );
    this.#server = server;
    for await (const line of createInterface(server.stdout)) {
      const url = /http:\/\/[^\s/]+/.exec(line)?.[0];
      if (url === undefined) continue;
      this.#url = url;
      server.stdout.resume();
      return;
    }
    throw new Error("hotcell serve ended before it listened");
  }

  async upload({ name, settings = {} }: Authored): Promise<void> {
    const body = new FormData();
    body.set("plugin", new Blob([await readFile(join(this.#folder, name, "build", `${name}.wasm`))]));
    body.set("settings", JSON.stringify(settings));
    const answer = await fetch(`${this.#url}/plugins/${name}`, {
      method: "PUT",
      body,
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`${name} was refused: ${await answer.text()}`);
  }

  async call(name: string, path: string, args: readonly unknown[]): Promise<Answer> {
    const answer = await fetch(`${this.#url}/call/${name}/${path}`, {
      method: "POST",
      body: JSON.stringify(args),
      headers: { "content-type": "application/json" },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** `called` hears of every call that was answered. */
  live(authored: Authored, called: () => void): LivePlugin {
    const { name } = authored;
    return {
      call: async (path, ...args) => {
        const { status, body } = await this.call(name, path, args);
        called();
        if (status === 422) throw new PluginError((body as { payload?: unknown }).payload);
        if (status >= 400) throw new Error(`${name}/${path}: ${JSON.stringify(body)}`);
        return body;
      },
      replace: async (file, edit) => {
        const path = join(this.#folder, name, file);
        await writeFile(path, edit(await readFile(path, "utf8")));
        await this.build(authored);
        await this.upload(authored);
      },
    };
  }

  /** `titleOf (assembly/index.ts:67)`: what an answer must say of the trap. */
  async placeOfTrap({ name, trap }: Authored): Promise<string> {
    const lines = (await readFile(join(this.#folder, name, trap.file), "utf8")).split("\n");
    const line = lines.findIndex((text) => text.endsWith("// trap")) + 1;
    if (line === 0) throw new Error(`${name}/${trap.file} marks no line with // trap`);
    return `${trap.function} (${trap.file}:${line})`;
  }

  async close(): Promise<void> {
    if (this.#server === undefined || this.#server.exitCode !== null) return;
    const ended = once(this.#server, "exit");
    this.#server.kill("SIGTERM");
    await ended;
  }
}
