import { parseLine, UsageError } from "../../command-line.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { detailsOf } from "../../remote/remote-plugin.ts";
import { settingLines } from "../../shown/settings-text.ts";
import { printJson, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { configure, configureHelp, configureLine, configureOptions } from "./configure.ts";
import { grantable, grantsOf } from "./grant-words.ts";

const options = { remove: { type: "string", multiple: true }, ...configureOptions, ...hostOptions } as const;

export const grant: Verb = {
  help: `Usage: hotcell grant NAME
       hotcell grant NAME CAPABILITY[=SETTINGS] … [options]
       hotcell grant NAME --remove CAPABILITY … [options]

Shows what a plugin is granted, gives it more, or takes some back: ${grantable.join(", ")}.
Settings of a grant are JSON.

  --remove NAME        take a capability back; may be repeated
${configureHelp}
${hostHelp}

Example: hotcell grant shop clocks 'http={"allow":["https://api.example.com"]}'`,
  options,
  arguments: ["plugin", grantable, "..."],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name, ...words] = given;
    if (name === undefined) throw new UsageError("NAME is missing.");
    const { plain, settings = {} } = grantsOf(words);
    const removed = values.remove ?? [];
    const host = remoteHost(values.url, values.token, process.env);
    if (words.length === 0 && removed.length === 0) {
      const { grants = {} } = (await detailsOf(host, name)).asked;
      if (values.json) printJson({ grants });
      else if (Object.keys(grants).length === 0) printLine(`${name} is granted nothing.`);
      else for (const line of settingLines({ grants })) printLine(line.replace(/^grants\./, ""));
      return 0;
    }
    const both = removed.find((each) => plain.includes(each) || each in settings);
    if (both !== undefined) throw new UsageError(`${both} can't be given and taken back in one line.`);
    const grants = {
      ...Object.fromEntries(plain.map((each) => [each, true])),
      ...settings,
      ...Object.fromEntries(removed.map((each) => [each, null])),
    };
    await configure(host, name, { grants }, configureLine(values));
    return 0;
  },
};
