/** What every capability keeps to (`host/capabilities/capability.ts`). */
import { describe, expect, it } from "vitest";
import { BackendUse } from "../../host/backends/backend-use.ts";
import { BoundBackends } from "../../host/backends/drivers.ts";
import type { Capability } from "../../host/capabilities/capability.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { hostInterface, packages } from "../../host/capabilities/interfaces.ts";
import { HostObjects } from "../../host/capabilities/kit/host-objects.ts";
import { Pollable } from "../../host/capabilities/kit/pollable.ts";
import { InputStream, OutputStream } from "../../host/capabilities/kit/streams.ts";
import { Scrubber } from "../../host/text/scrubber.ts";
import { functionsIn } from "../../host/wit/model.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../host/wit/wit-names.ts";
import { memoryDrivers } from "../backends/memory-drivers.ts";
import {
  deploy,
  everything,
  importing,
  packagesOf,
  refusalOf,
  withVersion,
} from "../support/capability-probe.ts";
import { refusal } from "../support/thrown.ts";

export interface Expectations {
  /** Settings it takes. */
  readonly good: readonly unknown[];
  /** Settings it refuses, and the member it has to name. */
  readonly bad: readonly (readonly [settings: unknown, subject: string])[];
}

export function capabilityContract(capability: Capability, { good, bad }: Expectations): void {
  const { name, offers } = capability;
  const wasi = offers.filter(({ name: id }) => !/^wasi:(?:blobstore|config|keyvalue|logging)/.test(id));
  const free = offers.filter((offer) => offer.free);
  const granted = offers.filter((offer) => !offer.free);
  const newest = offers.map((offer) => withVersion(offer.name));

  describe(`the capability ${name}`, () => {
    it("takes and refuses settings, naming the member", () => {
      for (const settings of good) expect(() => parseGrants({ [name]: settings })).not.toThrow();
      for (const [settings, subject] of bad) {
        expect(refusal(() => parseGrants({ [name]: settings }))).toMatchObject({
          code: "bad-settings",
          facts: { subject, remedy: expect.any(String) },
        });
      }
    });

    it("implements every function that it declares, in a real cell", async () => {
      const { start, release } = await deploy(importing(newest), { grants: everything });
      const started = start();
      expect(started.cell.alive).toBe(true);
      started.release();
      release();
    });

    it("implements every function of other versions that it declares", async () => {
      for (const [versioned, text] of Object.entries(capability.otherWit ?? {})) {
        const [name = "", version] = versioned.split("@");
        const ids = offers.map((offer) => withVersion(offer.name, version));
        const wasm = importing(ids, { ...packages, [name]: text });
        const { start, release } = await deploy(wasm, { grants: everything });
        const started = start();
        expect(started.cell.alive).toBe(true);
        started.release();
        release();
      }
    });

    it("supplies nothing but what it declares", () => {
      const supplied = bound(capability).supply(cellContext(capability));
      const names = Object.keys(supplied.interfaces).map((id) => id.replace(/@.*$/, ""));
      expect([...new Set(names)].sort()).toEqual(offers.map((offer) => offer.name).sort());
      for (const [id, members] of Object.entries(supplied.interfaces)) {
        const known = declared(...(id.split("@") as [string, string?]));
        expect(Object.keys(members).filter((member) => !known.has(member))).toEqual([]);
      }
    });

    it("serves every 0.2.x of WASI, also of releases to come, and no other", () => {
      if (wasi.length === 0) return;
      const ids = (version: string) => wasi.map((offer) => `${offer.name}@${version}`);
      for (const version of ["0.2.0", "0.2.3", "0.2.99"]) {
        const wasm = importing(ids(version), packagesOf(version));
        expect(refusalOf(wasm, { grants: everything })).toBeUndefined();
      }
      for (const offer of wasi)
        for (const version of ["0.1.9", "0.3.0", "1.0.0", "0.2.0-rc-2023-12-05", "0.2", "0.2.0.1", undefined])
          expect(offer.supports(version)).toBe(false);
    });

    it("supplies without a grant what is free, and nothing else", () => {
      const freeIds = free.map((offer) => withVersion(offer.name));
      if (free.length > 0) {
        // Interfaces that it takes types from come whole with it here, and may need a grant of their own.
        const refusal = refusalOf(importing(freeIds));
        const refused = (refusal?.facts.extra?.imports ?? []) as { import: string }[];
        expect(freeIds.filter((id) => refused.some((each) => each.import.startsWith(id)))).toEqual([]);
      }
      for (const offer of granted) {
        const wasm = importing([withVersion(offer.name)]);
        for (const grants of [{}, { [name]: false }]) {
          const refusal = refusalOf(wasm, { grants });
          expect(refusal).toMatchObject({ code: "import-not-granted", status: 403 });
          expect(refusal?.facts.remedy).toContain(`grants: { ${name}: true }`);
        }
      }
    });

    it("gives two cells nothing in common that one could change, and releases twice without harm", async () => {
      const { start, release } = await deploy(importing(newest), { grants: everything });
      const [one, other] = [start(), start()];
      one.release();
      one.release();
      expect(other.cell.alive).toBe(true);
      other.release();
      release();
      release();
      const binding = bound(capability);
      const [first, second] = [
        binding.supply(cellContext(capability)),
        binding.supply(cellContext(capability)),
      ];
      first.reset?.();
      first.release?.();
      first.release?.();
      second.release?.();
      binding.release?.();
    });
  });
}

function bound(capability: Capability) {
  return capability.bind(granted(capability), {
    plugin: "p",
    serves: true,
    sent: false,
    backend: backendsOf(capability),
    figure: () => ({ value: 0 }),
    env: () => new Map([["A", "1"]]),
    typesOf: (id) => hostInterface(id)!,
    linked: [],
    plugins: undefined,
  });
}

function granted<S>(capability: Capability<S>): S {
  const { name, grant } = capability;
  return parseGrants(grant ? { [name]: everything[name] ?? true } : {}).settingsOf(capability) as S;
}

function cellContext(capability: Capability) {
  return {
    plugin: "p",
    call: undefined,
    backend: backendsOf(capability),
    objects: new HostObjects(),
    Pollable,
    InputStream,
    OutputStream,
  };
}

function backendsOf(of: Capability) {
  const { name: capability, backends = [] } = of;
  const needs = backends.map((name) => ({ name, capability, settings: granted(of) }));
  const recipient = { plugin: "p", log: () => {}, drivers: memoryDrivers() };
  const bound = new BoundBackends(needs, recipient, new Scrubber([]), undefined);
  const use = new BackendUse((name) => bound.get(name));
  return (name: string) => use.client(name);
}

/** The JS names of an interface's functions and resources. */
function declared(id: string, version?: string): Set<string> {
  const iface = hostInterface(id, version)!;
  const types = iface.items.flatMap((item) =>
    item.kind === "type" && item.definition.body.kind === "resource" ? [pascalCase(item.name)] : [],
  );
  const functions = functionsIn(iface).flatMap(({ name: full }) => {
    const { kind, resource = "", name: member } = parseFunctionName(full);
    return kind === "free" ? [camelCase(member)] : [pascalCase(resource), full];
  });
  return new Set([...types, ...functions]);
}
