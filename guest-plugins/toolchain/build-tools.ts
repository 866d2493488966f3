/** Packages that building a plugin needs, beside Hotcell: optional peers, since running plugins needs neither. */
import { HotcellError } from "../../host/errors.ts";

/** Their versions, as package.json has them among its peers. */
export const buildTools = {
  assemblyscript: "0.28.20",
  "@bytecodealliance/jco-transpile": "0.15.0",
} as const;

type BuildTool = keyof typeof buildTools;

/** Command that installs both: most who lack one lack the other. */
export const installTools = `npm install --save-dev ${Object.entries(buildTools)
  .map(([tool, version]) => `${tool}@${version}`)
  .join(" ")}`;

/** `tool-missing`, with the command that installs what is missing. */
export function toolMissing(name: BuildTool, cause?: unknown): HotcellError {
  return new HotcellError("tool-missing", `Building a plugin needs the package ${name}.`, {
    subject: name,
    remedy: installTools,
    ...(cause !== undefined && { cause }),
  });
}

/** The same for a tool that is there in a version that this Hotcell does not know. */
export function otherVersion(name: BuildTool, found: string, cause?: unknown): HotcellError {
  return new HotcellError(
    "tool-missing",
    `Building a plugin needs ${name} ${buildTools[name]}; here is ${found}.`,
    {
      subject: name,
      actual: found,
      expected: buildTools[name],
      remedy: `npm install --save-dev ${name}@${buildTools[name]}`,
      ...(cause !== undefined && { cause }),
    },
  );
}
