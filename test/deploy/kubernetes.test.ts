/** The manifest: what it says of ports, variables, users and probes fits the host and the image. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { serverOptions } from "../../host/cli/server/server-options.ts";
import { root } from "../support/cli.ts";

interface Port {
  readonly name: string;
  readonly containerPort: number;
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly httpHeaders: readonly object[] };
}
interface Container {
  readonly image: string;
  readonly ports: readonly Port[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly resources: { readonly limits: { readonly memory: string } };
}
interface Pod {
  readonly metadata: { readonly labels: object };
  readonly spec: {
    readonly containers: readonly [Container];
    readonly volumes: readonly { readonly name: string }[];
  };
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a shape of its own
  readonly spec: any;
}

const documents = parseAllDocuments(readFileSync(join(root, "deploy/kubernetes.yaml"), "utf8"), {
  strict: true,
});
const resources = documents.map((each) => each.toJS() as Resource);
const one = (kind: string): Resource =>
  resources.find((each) => each.kind === kind) ?? expect.fail(`no ${kind}`);
const set = one("StatefulSet").spec;
const pod = set.template as Pod;
const [container] = pod.spec.containers;
const variables = Object.fromEntries(
  container.env.map(({ name, value }) => [name, value ?? "given-by-a-secret"]),
);

it("is YAML without errors and warnings, of one namespace", () => {
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  expect(resources.map(({ kind }) => kind)).toEqual(["Namespace", "Service", "StatefulSet", "NetworkPolicy"]);
  const { name } = one("Namespace").metadata;
  for (const { kind, metadata } of resources) {
    if (kind !== "Namespace") expect(metadata.namespace).toBe(name);
  }
});

it("runs one host, as the image does and without rights", () => {
  expect(set.replicas).toBe(1);
  expect(set.template.spec).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
  });
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  expect(container.image).toBe(`hotcell:${version}`);
});

it("tells the host what it knows, and has the ports and folders that it uses", () => {
  const image = { HOTCELL_HOST: "0.0.0.0", HOTCELL_DATA: "/data" };
  const options = serverOptions({ ...image, ...variables });
  const port = (name: string) => container.ports.find((each) => each.name === name)?.containerPort;
  expect(port("http")).toBe(options.port);
  expect(port("admin")).toBe(options.admin?.port);
  expect(container.volumeMounts).toContainEqual({ name: "data", mountPath: options.data });
  const [claim] = set.volumeClaimTemplates as readonly Resource[];
  expect(claim?.metadata.name).toBe("data");
  expect(claim?.spec.accessModes).toEqual(["ReadWriteOncePod"]);
  const memory = /^(\d+)Gi$/.exec(container.resources.limits.memory)!;
  expect((options.cellMemory! + options.processMemory!) / 2 ** 30).toBeLessThan(Number(memory[1]));
});

it("asks for health by a name that the host always knows", () => {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
    "/healthz",
    "/healthz",
    "/readyz",
  ]);
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
    expect(httpGet).toMatchObject({ port: "http", httpHeaders: [{ name: "Host", value: "localhost" }] });
});

it("leads calls to the host, and nobody to its API but who gathers metrics", () => {
  const { labels } = pod.metadata;
  expect(set.selector.matchLabels).toEqual(labels);
  expect(one("Service").spec.selector).toEqual(labels);
  expect(one("Service").spec.ports).toEqual([{ name: "http", port: 80, targetPort: "http" }]);
  const policy = one("NetworkPolicy").spec;
  expect(policy.podSelector.matchLabels).toEqual(labels);
  const toApi = policy.ingress.filter(({ ports }: { ports: { port: string }[] }) =>
    ports.some(({ port }) => port === "admin"),
  );
  expect(toApi).toEqual([
    {
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
      ports: [{ protocol: "TCP", port: "admin" }],
    },
  ]);
});
