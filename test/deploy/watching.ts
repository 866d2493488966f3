/** Expressions of the alerts and the dashboard that `deploy/` has, and the metrics and codes that they name. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../deploy/${file}`, import.meta.url)), "utf8");

export const rulesFile: string = fileURLToPath(new URL("../../deploy/prometheus-rules.yml", import.meta.url));

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

/** Expressions of all panels, with values in place of Grafana's variables. */
export function dashboardExpressions(): string[] {
  const { panels } = JSON.parse(read("grafana-dashboard.json")) as Dashboard;
  return panels
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr }) => expr.replace(/\$(?:instance|plugin)\b/g, ".*").replaceAll("$__rate_interval", "5m"));
}

/** Words of the alerts to whoever gets them. */
export function alertWords(): string[] {
  return read("prometheus-rules.yml").match(/^ *(?:summary|description): .*$/gm) ?? [];
}

/** Expressions of alerts, panels and variables. */
export function watchingExpressions(): string[] {
  const { templating } = JSON.parse(read("grafana-dashboard.json")) as Dashboard;
  const rules = read("prometheus-rules.yml").replace(/^ *(?:summary|description): .*$/gm, "");
  return [rules, ...dashboardExpressions(), ...templating.list.map(({ definition = "" }) => definition)];
}
