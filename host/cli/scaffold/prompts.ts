import { choice, typed } from "../questions.ts";
import { templateNames, templates } from "./templates.ts";

export interface Answers {
  readonly folder: string;
  readonly template: string;
}

/** Asks for what is not given. Throws UsageError where the questions are left. */
export async function ask(given: {
  readonly folder: string | undefined;
  readonly template: string | undefined;
}): Promise<Answers> {
  const folder = given.folder ?? (await typed("Name of the plugin"));
  const options = templateNames.map((name) => ({ name, about: templates.get(name)?.summary ?? "" }));
  return { folder, template: given.template ?? (await choice("A plugin that …", options)) };
}
