/** Texts of errors that pulling from registries, and pushing to them, meets. */
import type { ErrorText } from "./error-text.ts";

export const sourceErrors: Readonly<Record<string, ErrorText>> = {
  "bad-reference": {
    why: "A component in a registry is named by its registry, repository and tag, all of them: nothing is filled in as Docker does, since what that is depends on who reads it.",
    todo: "Write the whole reference, such as ghcr.io/acme/greet:1.2.0, or with @sha256:… at its end for that very one.",
    example: '"greet:1.2.0" is no reference that can be used: it names no registry.',
  },
  "registry-not-allowed": {
    why: "A host pulls from registries that its owner names, and from none by default, so that nobody who may upload has it ask addresses of their choice.",
    todo: "Pull the component yourself and upload it, which hotcell deploy NAME oci://… does, or have the host's owner name the registry (HOTCELL_REGISTRIES).",
    example: "This host pulls from no registry, so not ghcr.io/acme/greet:1.2.0.",
  },
  "image-not-found": {
    why: "The registry answered, and has nothing under that name and tag or digest. Some say so too where a login would be needed to see it.",
    todo: "Look whether it is spelt so and was pushed; where it is private, whether the host has a login for the registry.",
    example: "The registry has no ghcr.io/acme/greet:1.2.1.",
  },
  "bad-image": {
    why: "What the registry has under that name is something else than one component: an image for containers, several layers, another type. Nothing of it was taken.",
    todo: "Push the component in the layout that hotcell push, wkg and wash write: a config of type application/vnd.wasm.config.v0+json, and one layer of type application/wasm.",
    example: "ghcr.io/acme/greet:1.2.0 is no component as registries keep them: it has 3 layers.",
  },
  "image-damaged": {
    why: "What came is not what its digest or size says. It was not taken: it is damaged, or somebody between put something else in its place.",
    todo: "Try again. If it stays so, push the component again, and look at whatever proxies there are before the registry.",
    example:
      "The registry sent something else than ghcr.io/acme/greet:1.2.0: its component has another digest.",
  },
  "registry-denied": {
    why: "The registry asks for a login that is not there, or refuses the one that was sent.",
    todo: "Put a name and a password for it into the file that HOTCELL_REGISTRY_AUTH names, as docker login writes it; on the command line log in by docker login.",
    example: "The registry ghcr.io refuses access: it wants a name and a password.",
  },
  "registry-failed": {
    why: "The registry could not be reached, answered with something that is no registry's answer, or sent the host to an address that it does not ask. It was tried several times where that may help.",
    todo: "Look whether the registry works and is reached from the host. Registries at private addresses need the word private in HOTCELL_REGISTRIES.",
    example: "The registry ghcr.io failed: ghcr.io: connection-refused.",
  },
  "registry-busy": {
    why: "The registry said that too much is asked of it, longer than the host waits. Public registries count pulls without a login.",
    todo: "Wait as long as Retry-After says, or log in.",
    example: "The registry docker.io has too much to do: registry-1.docker.io answered 429.",
  },
  "registry-timeout": {
    why: "The registry did not begin to answer, sent next to nothing, or was not done within the time that a pull or push may take. Nothing of it was taken.",
    todo: "Try again later; or pull the component to a file (hotcell pull) and upload that.",
    example: "The registry ghcr.io was too slow: it was not done within 300 s.",
  },
};
