/** Bounds of what is pulled from registries of components, and pushed to them. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const ociBounds = {
  reference: {
    value: 512,
    unit: "characters",
    of: "reference to a component in a registry",
    code: "bad-reference",
  },
  manifest: {
    value: 4 * MiB,
    unit: "bytes",
    of: "manifest of a registry's (the least that registries take by the OCI distribution specification)",
    code: "bad-image",
  },
  answer: {
    value: 256 * KiB,
    unit: "bytes",
    of: "any other JSON that a registry or its token server answers with",
    code: "registry-failed",
  },
  fields: { value: 32 * KiB, unit: "bytes", of: "header fields of its answers", code: "registry-failed" },
  credentials: {
    value: MiB,
    unit: "bytes",
    of: "file of registries' credentials",
    code: "bad-settings",
  },
  registries: { value: 100, unit: "", of: "registries that a host's owner names", code: "bad-settings" },
  time: {
    value: 300_000,
    unit: "ms",
    of: "time of a pull, or of a push, with all that is tried again",
    code: "registry-timeout",
  },
  connect: { value: 10_000, unit: "ms", of: "time to connect to a registry", effect: "it is tried again" },
  firstByte: { value: 30_000, unit: "ms", of: "time to the head of its answer", effect: "it is tried again" },
  rateTime: {
    value: 15_000,
    unit: "ms",
    of: "time in which a component comes by 64 KiB more, or to its end",
    effect: "it is tried again",
  },
  tries: {
    value: 4,
    unit: "",
    of: "times that a request is made before its failure is told",
    code: "registry-failed",
  },
  redirects: { value: 5, unit: "", of: "redirects that are followed for one thing", code: "registry-failed" },
  pullsAtOnce: {
    value: 2,
    unit: "",
    of: "pulls by `PUT /plugins/{name}` at one time",
    effect: "others wait",
  },
  pullsWaiting: { value: 16, unit: "", of: "pulls that wait", code: "too-many-requests" },
  watched: { value: 200, unit: "", of: "plugins of a host that follow registries", code: "bad-settings" },
  watchedAtOnce: { value: 2, unit: "", of: "sources that are looked at at one time", effect: "others wait" },
  watchEvery: {
    value: 30_000,
    unit: "ms",
    of: "least time between looks, `source.watch`",
    code: "bad-settings",
  },
  watchAtLeast: {
    value: 86_400_000,
    unit: "ms",
    of: "longest time between looks, `source.watch`",
    code: "bad-settings",
  },
  watchBackoff: {
    value: 3_600_000,
    unit: "ms",
    of: "time between looks at a source that keeps failing, unless it is set to more",
    effect: "it is looked at again then",
  },
  tokens: {
    value: 100,
    unit: "",
    of: "tokens of registries that are kept until they expire",
    effect: "the oldest is asked for anew",
  },
} satisfies HostBounds;

/** Bytes that have to come in `rateTime`. */
export const leastPart = 64 * KiB;
