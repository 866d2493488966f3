/** Programs of other projects that the tests of this folder run for real, and the Debian packages that bring them. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

interface SystemPackage {
  /** Program as it is called. */
  readonly program: string;
  /** Name in Debian. */
  readonly package: string;
  readonly tests: string;
}

export const systemPackages: readonly SystemPackage[] = [
  { program: "chromium", package: "chromium", tests: "test/system/browser*.test.ts" },
  { program: "prometheus", package: "prometheus", tests: "test/system/prometheus.test.ts" },
  { program: "nats-server", package: "nats-server", tests: "test/system/nats/*.test.ts" },
  { program: "haproxy", package: "haproxy", tests: "test/system/nats/cluster-under-load.test.ts" },
  { program: "ip", package: "iproute2", tests: "test/system/nats/partition.test.ts" },
  { program: "systemd-analyze", package: "systemd", tests: "test/system/service-unit.test.ts" },
  { program: "docker-registry", package: "docker-registry", tests: "test/system/docker-registry.test.ts" },
  { program: "tmux", package: "tmux", tests: "test/system/operator.test.ts" },
  { program: "zsh", package: "zsh", tests: "test/system/operator.test.ts in zsh" },
  { program: "fish", package: "fish", tests: "test/system/operator.test.ts in fish" },
];

/** File of a program in `PATH`; undefined where it is not there. */
export function fileOf(program: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isProgram);
}

/** Packages whose program is not in `PATH`. */
export function missingPackages(): readonly SystemPackage[] {
  return systemPackages.filter(({ program }) => fileOf(program) === undefined);
}

/** True where they can be asked for: in CI, which installs them itself, and on Debian, where they are one command away. */
export function mustBeThere(): boolean {
  return Boolean(process.env.CI) || existsSync("/etc/debian_version");
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
