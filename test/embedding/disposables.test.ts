/** What the package gives and is to be closed, by `using` and `await using` too. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { open } from "../../host/open.ts";
import { sample } from "../guests/small-plugins.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Texts of all interfaces and classes that `hotcell` and `hotcell/hono` export, by name. */
function exported(): [name: string, text: string][] {
  return ["host/index.ts", "host/http/embed.ts"].flatMap((entry) => {
    const text = readFileSync(join(root, entry), "utf8");
    const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)"/gm)].flatMap(
      ([, names, from]) =>
        names!
          .split(",")
          .map(
            (each) =>
              each
                .trim()
                .replace(/^type /, "")
                .split(" as ")[0]!,
          )
          .filter((name) => name !== "")
          .map((name) => [name, join(dirname(entry), from!)] as const),
    );
    const own = [...text.matchAll(/^export (?:interface|class) (\w+)/gm)].map(
      ([, name]) => [name!, entry] as const,
    );
    return [...named, ...own].flatMap(([name, file]): [string, string][] => {
      const source = readFileSync(join(root, file), "utf8");
      const [found] =
        new RegExp(`^export (?:interface|(?:abstract )?class) ${name}\\b[\\s\\S]*?^\\}`, "m").exec(source) ??
        [];
      return found === undefined ? [] : [[name, found]];
    });
  });
}

describe("what is to be closed", () => {
  const closing = exported().filter(([, text]) =>
    /^ {2}(?:async )?(?:close|end|stop|release)\(\)/m.test(text),
  );

  it("is found", () => {
    const names = closing.map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(["Host", "Plugin", "Registry", "Store", "IssuedTokens", "ArgumentRoom"]),
    );
  });

  it.each(closing)("can be disposed of: %s", (_, text) => {
    expect(text).toMatch(/^[^{]*\b(?:Async)?Disposable\b|^ {2}\[Symbol\.(?:asyncDispose|dispose)\]\(\)/m);
  });

  it("is closed by that", async () => {
    const host = await createHost({ log: () => {} });
    {
      await using registry = host.registry;
      using _tokens = host.tokens;
      await registry.deploy("p", sample());
    }
    await expect(host.registry.deploy("q", sample())).rejects.toMatchObject({ code: "closed" });
    {
      await using _store = host.store;
      await using _host = host;
    }
    await expect(host.store.list()).rejects.toMatchObject({ code: "closed" });
    const plugin = await open(sample());
    {
      await using _plugin = plugin;
    }
    await expect(plugin.callJson("add", [1, 2])).rejects.toMatchObject({ code: "closed" });
  });
});
