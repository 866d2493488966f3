/** Texts of errors that plugins, hosts and tools meet while they work. */
import type { ErrorText } from "./error-text.ts";

export const failureErrors: Readonly<Record<string, ErrorText>> = {
  exited: {
    why: "The plugin ended itself by wasi:cli/exit, with another status than success. Its cell is gone, and the next call gets a new one.",
    todo: "Look at what the plugin does with these arguments.",
    example: "greet ended itself with status 1.",
  },
  trap: {
    why: "The plugin stopped abnormally: an assertion, memory out of bounds, endless recursion, unreachable code. Its cell is gone, and so is what it held in memory; the next call gets a new one.",
    todo: "Read the detail, which has the author's lines where the build kept them, and mend the plugin.",
    example: "greet trapped in greet: unreachable (assembly/index.ts:12).",
  },
  "result-too-large": {
    why: "The plugin returned, or passed to an import, more than its limits.resultBytes.",
    todo: "Let it return less at a time, or raise the limit in its settings.",
    example: "greet answered with more than 1048576 bytes.",
  },
  "no-response": {
    why: "The plugin's HTTP handler returned and had set no response.",
    todo: "Let it call response-outparam.set on every way that it takes.",
    example: "The handler of shop ended without a response.",
  },
  "handler-error": {
    why: "The plugin's HTTP handler answered with an error of its own, with a status that no response has, or with a body of another length than it said.",
    todo: "Look at what the plugin does with this request, and in its log.",
    example: "The handler of shop answered with an error: internal-error.",
  },
  "bad-response": {
    why: "The plugin's HTTP handler gave header fields that HTTP can't carry, or several responses.",
    todo: "Mend what the plugin answers with.",
    example: "shop answered with what is no HTTP response. The field content-length has two values.",
  },
  "plugin-damaged": {
    why: "What is stored of the plugin can't be read, so that it does not run.",
    todo: "Upload it again, remove it, or put a backup in place of the store.",
    example: "greet does not run: its settings are no JSON.",
  },
  "process-died": {
    why: "The plugin runs in a process of its own, which ended under it: it was killed, took too much memory, or did what no plugin should be able to.",
    todo: "Call it again: a new process is started. Look at the plugin where it comes again.",
    example: "The process of greet was ended: it took more memory than it may have.",
  },
  "out-of-memory": {
    why: "The plugin wanted to grow its memory beyond limits.memory.",
    todo: "Let it keep less, or allow it more by limits.memory in its settings, up to the host's ceiling.",
    example: "greet needs more than the 16777216 bytes of memory that it may have.",
  },
  "out-of-fuel": {
    why: "The call used all its fuel, which counts what a plugin executes: often a loop without end.",
    todo: "Let it do less in a call, or allow it more by limits.fuel in its settings, up to the host's ceiling.",
    example: "greet spent all 10000000 units of fuel that it had in greet.",
  },
  timeout: {
    why: "The call took longer than limits.time, or than the deadline that its caller gave it.",
    todo: "Look at what it waits for; allow it longer by limits.time in its settings, up to the host's ceiling, where it has to be so.",
    example: "greet did not end before the deadline that its call was given.",
  },
  "link-failed": {
    why: "The plugin called another one by a link, and that one failed. reason and callee say how, and which.",
    todo: "Look at the plugin that failed.",
    example:
      "checkout called example:tax/rates#rate of the plugin tax, which failed: The plugin trapped (trap).",
  },
  cancelled: {
    why: "Whoever asked left before the answer was there. Nobody reads this in an answer: logs have it.",
    todo: "Ask again if the answer is wanted after all; what was done by then stays done.",
    example: "Who called greet left before it ended.",
  },
  "too-many-calls": {
    why: "As many calls of the plugin run and wait as may. It was not made.",
    todo: "Come again after as many seconds as Retry-After says; mode fresh and limits.concurrency let more run at once.",
    example: "greet has 1 calls that run and 64 that wait, which is all that may.",
  },
  "fuel-rate": {
    why: "The plugin has spent its share of the host's thread for now, over all its callers. The call was not made.",
    todo: "Come again after as many seconds as Retry-After says, or allow it more by limits.fuelPerSecond, up to the host's ceiling.",
    example: "greet has spent more than the 100000000 units of fuel it has in a second.",
  },
  "backing-off": {
    why: "The plugin failed at its start several times in a row, and is not started again for a while. The call was not made.",
    todo: "Look at why it fails (GET /plugins/{name}), and deploy a version that starts.",
    example: "greet has failed 3 times in a row, and is not started again for 8 s.",
  },
  "no-capacity": {
    why: "The host has no memory left for what was asked: a cell, a large body, an answer.",
    todo: "Come again later, or give the host more memory, or its plugins lower limits.",
    example: "The host has no room for another cell: 512 of 512 MiB are in use, and it asks for 16.",
  },
  "workers-unavailable": {
    why: "The host has several workers, and the process that counts and remembers for all of them has not answered one. Nothing was done.",
    todo: "Ask again in a moment. Where it lasts, see whether that process stands still, or restart the host.",
    example: "The process that has the workers of this host has not answered for 10000 ms.",
  },
  closed: {
    why: "The host, or the plugin that a program had opened, ends or has ended.",
    todo: "Ask again once the host has started; a program opens the plugin anew.",
    example: "The host is closing.",
  },
  "body-taken": {
    why: "Another part of the program that Hotcell is in has read the request's body before the plugin could.",
    todo: "Read no body of requests that a plugin is to answer.",
    example: "Something else in this app has read the request's body before.",
  },
  bundled: {
    why: "Hotcell was bundled into one file with its embedder, and needs files of its own beside it.",
    todo: "Leave hotcell out of the bundle: mark it as external.",
    example: "Hotcell's own file child.js is not there, for Hotcell was bundled.",
  },
  "process-denied": {
    why: "The plugin is to run in a process of its own, and Node's permission model does not let the host start one.",
    todo: "Start the host with --allow-child-process, or choose placement inline.",
    example: "The host runs under Node's permission model and may not start processes.",
  },
  "no-wit": {
    why: "The folder has no WIT, which says what a plugin exports and imports.",
    todo: "Go to the plugin's folder, or begin one: hotcell new NAME.",
    example: "greet is no plugin: it has no wit folder.",
  },
  "invalid-wit": {
    why: "The WIT can't be read: its syntax, a name that is not there, a package that is missing.",
    todo: "Mend the place that is named.",
    example: "wit/world.wit:4:18: expected a type, found `;`.",
  },
  "build-option": {
    why: "An option of the build has a value that won't do.",
    todo: "Use what is expected.",
    example: 'hotcell.world is "plugn", which won\'t do.',
  },
  "build-failed": {
    why: "The compiler found mistakes in the plugin's source.",
    todo: "Mend what it says above.",
    example: "guest-plugins/greet did not build: see what asc says above.",
  },
  "no-plugin-folder": {
    why: "The folder has no assembly/index.ts, and so no plugin.",
    todo: "Name the plugin's folder, or begin one: hotcell new NAME.",
    example: "src is no plugin: it has no assembly/index.ts.",
  },
  "other-wit": {
    why: "A WIT package of that name and version is in the folder already, with another text, and nothing is written over.",
    todo: "Compare the two, and remove the one that is not wanted.",
    example: "wit/deps/logging.wit has wasi:logging@0.1.0-draft already.",
  },
  "folder-not-empty": {
    why: "Something is in the folder that was to be filled, and nothing is written over.",
    todo: "Choose another name, or an empty folder.",
    example: "greet is not empty.",
  },
  "no-such-file": {
    why: "There is no file or folder of that name, or it can't be read.",
    todo: "Look at the path, from where the program was started.",
    example: "plugin.wasm: no such file.",
  },
  "no-host": {
    why: "Nobody answers at the address, or what answers is no Hotcell host of this version.",
    todo: "Start one (hotcell serve), or name another: --url, HOTCELL_HOST and HOTCELL_PORT.",
    example: "http://127.0.0.1:8787 does not answer.",
  },
  "symbol-not-found": {
    why: "A program looked up an export that the plugin does not have.",
    todo: "Look at near, and at what the message lists.",
    example: 'There is no export "gret"; there is greet.',
  },
  "symbol-type": {
    why: "A program asserted a type of an export that it does not have, or has no more since the plugin was replaced.",
    todo: "Assert the type that it has: hotcell types writes it.",
    example: "greet is func(name: string) -> string, not func(name: u32) -> string.",
  },
  "version-skew": {
    why: "Another host, or another worker of this one, is another version of Hotcell, and knows nothing of what it was asked, or told an error that this one does not know.",
    todo: "Repeat the request later. Whoever runs the hosts brings all to one version.",
    example:
      "The host that has the cell of greet is another Hotcell, which does not know what this one asks.",
  },
  "store-unavailable": {
    why: "The host's store can't be used: its file can't be opened, or what reads it has ended.",
    todo: "Repeat the request. Where it comes again, look at the host's log and at its disk.",
    example: "The thread of the store hotcell.db died.",
  },
  "store-full": {
    why: "The disk of the host's store, or its share of memory, is full.",
    todo: "Make room on the disk that is named, and repeat the request.",
    example: "The store hotcell.db has no room on its disk for 1048576 bytes.",
  },
  "store-corrupt": {
    why: "What the store holds is not what was written: the disk, or a program that wrote into its files.",
    todo: "Put a backup in its place (hotcell backup), or upload again what is named.",
    example: "A piece of a file, sha256:00…, is not in the store.",
  },
  "data-in-use": {
    why: "Another host serves from the data folder, and two would write over one another.",
    todo: "End the other one, or name another folder: --data. --wait-for-data waits for it.",
    example: "The data folder .hotcell is in use by process 4711.",
  },
  "store-too-new": {
    why: "A newer Hotcell has written the store, in a form that this one does not know.",
    todo: "Run that Hotcell or a later one, or put a backup from before the upgrade in place.",
    example: "hotcell.db was written by a newer Hotcell.",
  },
  "tool-missing": {
    why: "What was asked for needs a package that is not everybody's, and it is not installed.",
    todo: "Install it as the remedy says.",
    example: "Building a plugin needs the package assemblyscript.",
  },
  "host-function-failed": {
    why: "A function that whoever runs the host offers plugins has failed: neither the plugin nor its caller did anything wrong.",
    todo: "Whoever runs the host finds the cause in its log.",
    example: "The host's function acme:shop/db#query failed.",
  },
  fault: {
    why: "Hotcell itself failed. The answer does not say at what: the host's log does.",
    todo: "Look there, and report it with what was asked.",
    example: "Hotcell failed; the cause is in the host's log.",
  },
};
