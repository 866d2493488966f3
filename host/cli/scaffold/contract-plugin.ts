/** Plugin that exports what a contract asks for, with the simplest answers, for its author to go on from. */
import { isSimple, simpleJson } from "../../../guest-plugins/toolchain/author/simple-value.ts";
import { stubPlugin } from "../../../guest-plugins/toolchain/author/stub.ts";
import { servesHttp } from "../../capabilities/http/incoming-handler.ts";
import { interfacesOf, type OfferedPackage } from "../../capabilities/offered-wit.ts";
import { HotcellError } from "../../errors.ts";
import { exportedFunctions, FunctionPaths } from "../../wit/exports.ts";
import { exampleOf } from "../../wit/json/json-form.ts";
import { takesJson } from "../../wit/json/json-function.ts";
import type { FunctionType, World } from "../../wit/model.ts";
import { okType } from "../../wit/outcome.ts";
import { printWorldApart } from "../../wit/text/print.ts";
import { parseInterfaceId } from "../../wit/wit-names.ts";
import { wantedPackages, witFile } from "../wit/wit-addition.ts";
import type { TemplateFiles } from "./templates.ts";

/** Contract that a new plugin is to satisfy. */
export interface GivenContract {
  readonly world: World;
  /** Name by which a host has it, or `name@version`: what the plugin's setting will say. */
  readonly id?: string;
}

interface PluginWorld {
  /** `example:greet@0.1.0` */
  readonly package: string;
  readonly world: string;
}

/** Calls that are written down: whoever has more functions sees by these how it is done. */
const maxCalls = 20;

/**
 * Files of a plugin whose world, under names of its own, has all that the contract's has. Throws `build-option` where the
 * package has an interface by the world's name.
 */
export function contractPlugin(
  contract: GivenContract,
  names: PluginWorld,
  offers: readonly OfferedPackage[],
): TemplateFiles {
  const world: World = { ...contract.world, package: names.package, name: names.world };
  requireFreeName(world);
  const { own, packages } = printWorldApart(world);
  const { offered, others } = apart(packages, offers);
  const nothing = { path: "wit", files: [], mentioned: [] };
  const deps = [
    ...wantedPackages(offered, nothing, offers).map(witFile),
    ...others.map(([name, text]) => ({
      path: `deps/${name.replaceAll(/[^a-z0-9.]+/gi, "-")}/package.wit`,
      text,
    })),
  ];
  return {
    wit: own,
    deps: new Map(deps.map(({ path, text }) => [path, text])),
    source: sourceOf(world, contract.id),
    checks: {
      calls: callsOf(world),
      ...(servesHttp(world) && { requests: [{ request: { path: "/" }, response: { body: "It works" } }] }),
    },
  };
}

/** Packages that the host's own WIT is better for, since it is all of them, and those that it has not or not in full. */
function apart(packages: ReadonlyMap<string, string>, offers: readonly OfferedPackage[]) {
  const isOffered = ([id, text]: readonly [string, string]) => {
    const [name, version = ""] = id.split("@");
    const offer = offers.find((each) => each.name === name && each.supports(version));
    const known = new Set(offer?.interfaces.map((each) => each.name));
    return offer !== undefined && interfacesOf(text).every((each) => known.has(each));
  };
  const offered = [...packages].filter(isOffered).map(([id]) => id);
  return { offered, others: [...packages].filter(([id]) => !offered.includes(id)) };
}

/** The library answers for HTTP; the rest is a function each. */
function sourceOf(world: World, id: string | undefined): string {
  const about = `/** Functions that the contract${id === undefined ? "" : ` ${id}`} asks for: each function with the simplest answer that its type has. */\n`;
  if (!servesHttp(world)) return about + stubPlugin(world);
  const others = world.exports.filter((item) => !servesHttp({ ...world, exports: [item] }));
  const stub = others.length > 0 ? `\n${stubPlugin({ ...world, exports: others })}` : "";
  return `import { App } from "hotcell/assembly/http";

const app = new App();

app.get("/", (c) => c.text("It works"));

/** Answers the requests that the host has for the plugin. */
export default app;
${stub}`;
}

/** Calls with examples as arguments, and what the stub answers. */
function callsOf(world: World) {
  const functions = exportedFunctions(world);
  const paths = new FunctionPaths(functions);
  return functions
    .flatMap((each) => {
      const path = paths.shortest(each);
      const args = path === undefined || isHostCalled(each.interface) ? undefined : argumentsOf(each.type);
      const answer = args && answerOf(each.type);
      return answer ? [{ call: path!, args: args!, ...answer }] : [];
    })
    .slice(0, maxCalls);
}

/** Interfaces that the host calls by itself. */
function isHostCalled(owner: string | undefined): boolean {
  const { package: name } = parseInterfaceId(owner ?? "") ?? {};
  return name === "hotcell:plugin" || name === "wasi:http" || name === "wasi:cli";
}

/** Undefined where no example is short enough, or JSON has none. */
function argumentsOf(type: FunctionType): unknown[] | undefined {
  if (!takesJson(type)) return undefined;
  const examples = type.parameters.map((parameter) => exampleOf(parameter.type));
  return examples.some((text) => text.includes("…"))
    ? undefined
    : examples.map((text) => JSON.parse(text) as unknown);
}

/** Undefined where the stub throws. */
function answerOf({ result }: FunctionType): { returns: unknown } | undefined {
  const ok = okType(result);
  if (!ok) return { returns: null };
  return isSimple(ok) ? { returns: simpleJson(ok) } : undefined;
}

function requireFreeName({ package: pkg, name, imports, exports }: World): void {
  const id = [...imports, ...exports]
    .flatMap((item) => (item.kind === "interface" ? (parseInterfaceId(item.name) ?? []) : []))
    .find(
      (each) =>
        each.name === name && (each.version ? `${each.package}@${each.version}` : each.package) === pkg,
    );
  if (!id) return;
  throw new HotcellError("build-option", `The package ${pkg} has an interface ${name} already.`, {
    subject: name,
    remedy: "Give the world another name with --world, or the plugin another package with --package.",
  });
}
