/** Texts of errors that uploads, settings and contracts meet. */
import type { ErrorText } from "./error-text.ts";

export const uploadErrors: Readonly<Record<string, ErrorText>> = {
  "not-wasm": {
    why: "The bytes that came do not begin as WebAssembly does. Often a wrong file was sent, a web page that says so, or a file that is still compressed.",
    todo: "Send the .wasm file itself, as the body (curl --data-binary @plugin.wasm) or as the part plugin of a form.",
    example: "This is not WebAssembly: it begins with 3c 21 64 6f.",
  },
  "core-module": {
    why: "The file is a core WebAssembly module: it has memory and numbers, and no types that a host could show or check. Hotcell runs components.",
    todo: "Build a component: asc with the transform hotcell/asc does for AssemblyScript, other languages have tools of their own, and jco new wraps a module that was built for a world.",
    example: "This is a core WebAssembly module, not a component.",
  },
  "malformed-component": {
    why: "The file begins as a component and can't be read to its end: it is cut, damaged, or written by a tool with a fault.",
    todo: "Build it again, and compare its size with what was sent.",
    example: "Malformed component at byte 4096: the section ends in the middle of a type.",
  },
  "invalid-component": {
    why: "The component can be read, and breaks a rule of WebAssembly or of the component model, so that no engine would run it.",
    todo: "Build it again with current tools. wasm-tools validate names the same place.",
    example: "Invalid component at byte 299: lift needs a core function [i32 i32 i32 i32 i32 i32] -> [i32].",
  },
  "unsupported-feature": {
    why: "The component is valid and uses something that this host does not run, such as threads or a type that JSON and JavaScript can't tell apart.",
    todo: "Build it without the feature that is named, or choose the other engine where the answer says so.",
    example: 'The name "a-1" and "a1" are the same in camelCase.',
  },
  "component-limit": {
    why: "The component has more of something than a host takes: functions, types, nested components, bytes. The limits hold for all, so that no upload can keep the host busy.",
    todo: "Make it smaller: instantiate shared parts once, strip debug information, split it into two plugins.",
    example: "The component has more than 1000 instances when its nested components are instantiated.",
  },
  "unsafe-name": {
    why: "A name in the component could mean something else where it would be written, such as in a log, a terminal or generated code.",
    todo: "Rename it, and build again.",
    example: "A core module imports or exports a name; names may not begin with U+0000.",
  },
  "unknown-import": {
    why: "The component imports something that no capability of this host offers under that name and version.",
    todo: "Build it without, compose it with a component that supplies it, or link it to another plugin that exports it (grant plugins). The answer lists what the host offers.",
    example: "Nothing supplies acme:shop/db@1.0.0.",
  },
  "import-mismatch": {
    why: "The host has an import of that name, and its types are others than the component was built with: a WIT file was edited, or is of another version.",
    todo: "Build the plugin against the host's own WIT: hotcell wit add --replace writes it into a plugin's folder.",
    example: "Imports declared with another type than the host's: wasi:logging/logging#log.",
  },
  "trial-failed": {
    why: "The component was started once, apart from what is live, and failed: at its own start, or because it needs more than its limits give it. The live version was not touched.",
    todo: "Look at the reason that is named: it is the plugin's own, or a limit that its settings can raise.",
    example: "The component does not start: the plugin trapped while it was started: unreachable.",
  },
  "checks-failed": {
    why: "The upload brought calls or requests with the answers that it is to give, and it gave others. The live version was not touched.",
    todo: "Mend the plugin, or the checks where the new answer is meant.",
    example: 'The component fails 1 of 4 checks: greet("Ada") returned "Hi, Ada!", not "Hello, Ada!".',
  },
  "init-failed": {
    why: "The plugin exports init, and answered with an error: it does not accept the configuration it was given.",
    todo: "Change its configuration (the setting env), as the plugin's own words say.",
    example: "The plugin refuses its configuration: RATE is no number.",
  },
  unhealthy: {
    why: "The plugin exports health, and said that it can't work: at the trial of a deployment, so that the version before goes on.",
    todo: "Look at the plugin's own words: often something that it needs is not reachable.",
    example: "The plugin is not healthy: no rates are there.",
  },
  "save-failed": {
    why: "The live version was asked for its state, to be handed to the new one, and failed at it. It goes on serving.",
    todo: "Try again; or give its state up: ?allow-state-loss.",
    example: "The live version failed when it was asked for its state: it trapped.",
  },
  "state-loss": {
    why: "The change takes a new cell, and what the plugin holds in memory can't be handed over, since a version does not export hotcell:plugin/state.",
    todo: "Allow the loss (?allow-state-loss), keep what matters by the grant kv, or export state.",
    example:
      "tally would lose its state: a change of limits.memory takes a new cell, and the state can't be handed over.",
  },
  "restore-failed": {
    why: "The new version was given the state of the live one and refused it, or failed. The live version goes on, with its state.",
    todo: "Let the new version read what the one before wrote, and upload it again; or give the state up: ?allow-state-loss.",
    example: "The plugin can't take over the state of the live version: unknown format 2.",
  },
  "lifecycle-mismatch": {
    why: "The component exports a function that hosts call by themselves, such as init or health, with types that they can't call.",
    todo: "Build the plugin against the host's own WIT of hotcell:plugin.",
    example: "init is func(n: u32), which the host can't call.",
  },
  "import-not-granted": {
    why: "The component imports a capability that its owner has not granted. Plugins reach nothing unless somebody says so.",
    todo: "Grant it in the settings of the upload, or by PATCH; the answer shows the grant. Whoever uploads needs a token that may.",
    example: "The plugin needs what it was not granted: wasi:clocks/wall-clock@0.2.0 (grants.clocks).",
  },
  "bad-files": {
    why: "The files that came with the upload can't be part of a version: a path leads outside, a name comes twice, something is no plain file, or they are too many or too large.",
    todo: "Mend what is named, and send plain files with relative paths.",
    example: "The path ../secret leads outside.",
  },
  "file-not-found": {
    why: "No file of that path came with the version.",
    todo: "List its files: GET /plugins/{name}/versions/{digest}/files.",
    example: "No file index.html came with this version of site.",
  },
  incompatible: {
    why: "Callers of the live version would fail with the new one: a function is gone, or its types do not take or give what they did. The live version stays.",
    todo: "Keep what callers use and add beside it; or deploy it all the same, with ?allow-breaking, once nobody needs the old form.",
    example: "greet would break callers: the function shout is gone.",
  },
  "bad-link": {
    why: "An import that is to be satisfied by another plugin can't be: that plugin exports something else, or links would lead in a circle.",
    todo: "Link it to a plugin that exports what is imported, with the same types.",
    example: "example:tax/rates can't be linked to tax: rate is gone.",
  },
  "contract-unmet": {
    why: "The plugin is held to a contract, and does not export all that it asks for, with types that its callers can use.",
    todo: "Export what is named. hotcell contract check tells without uploading.",
    example: "gold does not satisfy the contract discount@1.0.0. The function discount is missing.",
  },
  "contract-clash": {
    why: "The plugin would be held to two contracts of which no component can satisfy both.",
    todo: "Take one out of its setting contract, or change the pattern by which one holds for it.",
    example: "gold is held to the contracts discount and price, which disagree on quote.",
  },
  "contract-breaks": {
    why: "Live plugins that the new version of a contract would hold do not satisfy it.",
    todo: "hotcell contract impact lists them. Put it under a new version, or name each plugin that may go on until its next upload.",
    example: "Live plugins would not satisfy the contract discount. gold: the function reason is missing.",
  },
  "contract-in-use": {
    why: "Plugins are held to the contract, and would be held to nothing without it.",
    todo: "Take it out of their setting contract first.",
    example: "The contract discount@1.0.0 is in use by gold.",
  },
  "contract-limit": {
    why: "The host keeps as many versions of contracts as it may.",
    todo: "Remove one that nobody needs: hotcell contract rm NAME@VERSION.",
    example: "The host keeps 1000 versions of contracts already.",
  },
  "has-dependants": {
    why: "Other plugins link to this one, and would fail: with it gone, or with what the new version exports.",
    todo: "Change or remove the links of the plugins that are named, or keep what they use.",
    example: "checkout links to tax, and would fail without it.",
  },
  "bad-settings": {
    why: "A setting has a form or value that it can't have, or a name that there is not. It may have come with an upload, by PATCH, from the command line or in the environment.",
    todo: "Set what is expected: docs/settings.md lists all.",
    example: "limits.memory must be a number of bytes from 65536, but is -1.",
  },
  "bad-plugin-name": {
    why: "Plugins are called by names of small letters, digits and hyphens, which stand in paths and hosts.",
    todo: "Choose such a name, of at most 63 characters.",
    example: "\"My Plugin\" can't be a plugin's name.",
  },
  "bad-type-expression": {
    why: "A text that is to be a WIT type can't be read as one.",
    todo: "Write it as WIT does: list<string>, record { a: u8 }, func(a: u32) -> string.",
    example: 'Expected a type at position 5, found ">".',
  },
  "version-not-found": {
    why: "The plugin has no version of that digest: it never had, or it was one too many to be kept.",
    todo: "List what there is: GET /plugins/{name}/versions.",
    example: "greet has no version sha256:00….",
  },
  "contract-not-found": {
    why: "No contract has that name, or none in that version.",
    todo: "List all: GET /contracts, hotcell contract list.",
    example: 'There is no contract "discuont".',
  },
  "route-taken": {
    why: "Another plugin, or the host itself, answers at the path and host that the setting routes claims.",
    todo: "Choose another path or host, or take it from who has it first.",
    example: "The route /shop/* is the plugin shop's.",
  },
  "already-exists": {
    why: "The upload said If-None-Match: *, to be made only where there is no such plugin; there is one.",
    todo: "Leave the header field out to replace it, or choose another name.",
    example: "greet exists already, at revision 3.",
  },
  "rollout-under-way": {
    why: "The plugin's setting rollout has one host try what is new before the others get it, and that is under way. Nothing else of the plugin changes meanwhile.",
    todo: "Wait until it has ended, or stop it: DELETE /plugins/NAME/rollout.",
    example:
      "The host http://10.0.0.7:8787 on web-1 tries a new version of greet before the other hosts get it; nothing else of it changes meanwhile.",
  },
  "rollout-failed": {
    why: "The first host saw more calls end their cell than with the version before, or another host does not run the new one. What was live before is live everywhere.",
    todo: "Look at the plugin's last traps (GET /plugins/NAME/traps, at the host that the error names), mend it, and deploy it again; or to all hosts at once: ?at-once.",
    example:
      "The rollout of greet has failed: on the first host, the host http://10.0.0.7:8787 on web-1, 3 of 40 calls ended their cell, of the version before 0 of 9000 calls. What was live before is live everywhere.",
  },
  "rollout-stopped": {
    why: "Somebody stopped the rollout before the other hosts got what was new. What was live before is live everywhere.",
    todo: "Ask whoever stopped it, and deploy it again.",
    example: "ada stopped the rollout of greet: what was live before is live everywhere.",
  },
  "stale-revision": {
    why: "The change said If-Match with a revision, and the plugin is at another: somebody changed it in between.",
    todo: "Read the plugin again, look at what changed, and send the change with the revision of now.",
    example: "greet is at revision 4, not at revision 3.",
  },
  "data-kept": {
    why: "The plugin has data, values or files, which its removal would leave behind or delete: the request did not say which.",
    todo: "Say so: ?keep-data=true or ?keep-data=false.",
    example: "cache has data: 3 values by key.",
  },
  "nothing-to-roll-back": {
    why: "A rollback goes to the version before, and there is none.",
    todo: "Upload another version.",
    example: "greet has had only one version so far.",
  },
};
