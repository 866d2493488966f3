/** Plugin that does with its files what it is told, and says how that ended. */
import { buildProbe } from "../support/capability-probe.ts";

/** Codes of `wasi:filesystem` in the order of WIT, as the guest tells them. */
export const fileCodes = [
  ...[
    "access",
    "would-block",
    "already",
    "bad-descriptor",
    "busy",
    "deadlock",
    "quota",
    "exist",
    "file-too-large",
  ],
  ...["illegal-byte-sequence", "in-progress", "interrupted", "invalid", "io", "is-directory", "loop"],
  ...[
    "too-many-links",
    "message-size",
    "name-too-long",
    "no-device",
    "no-entry",
    "no-lock",
    "insufficient-memory",
  ],
  ...["insufficient-space", "not-directory", "not-empty", "not-recoverable", "unsupported", "no-tty"],
  ...["no-such-device", "overflow", "not-permitted", "pipe", "read-only", "invalid-seek", "text-file-busy"],
  "cross-device",
];

/** Built once by whoever tests with it. */
export function buildFilingGuest(): Promise<Uint8Array> {
  return buildProbe(
    `import wasi:filesystem/types@0.2.12;
     import wasi:filesystem/preopens@0.2.12;
     import wasi:io/streams@0.2.12;
     import wasi:io/poll@0.2.12;
     import wasi:clocks/wall-clock@0.2.12;
     export folders: func() -> list<string>;
     export write: func(path: string, text: string, at: u64) -> string;
     export append: func(path: string, text: string) -> string;
     export stream-on: func(path: string, text: string, times: u32) -> string;
     export read: func(path: string) -> string;
     export read-stream: func(path: string, at: u64, most: u64) -> string;
     export act: func(what: string, path: string, other: string) -> string;
     export facts: func(path: string) -> string;
     export names: func(path: string) -> list<string>;
     export hoard: func(path: string, count: u32) -> string;
     export kept: func(path: string) -> string;`,
    `import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
     import { Descriptor, DescriptorFlags, DescriptorType, ErrorCode, OpenFlags, PathFlags, NewTimestamp, filesystemErrorCode } from "wasi:filesystem/types@0.2.12";
     import { Datetime } from "wasi:clocks/wall-clock@0.2.12";
     import { StreamError } from "wasi:io/streams@0.2.12";

     let root: Descriptor | null = null;
     function base(): Descriptor {
       let known = root;
       if (known === null) {
         const all = getDirectories();
         known = all[0].f0;
         root = known;
       }
       return known;
     }
     function code(error: ErrorCode): string { return "!" + (<i32>error).toString(); }
     export function folders(): string[] {
       const all = getDirectories();
       const names: string[] = [];
       for (let i = 0; i < all.length; i++) { names.push(all[i].f1); all[i].f0.drop(); }
       return names;
     }
     const both = DescriptorFlags.Read | DescriptorFlags.Write;
     export function write(path: string, text: string, at: u64): string {
       const opened = base().openAt(0, path, OpenFlags.Create, both);
       if (opened.isErr) return code(opened.unwrapErr());
       const file = opened.unwrap();
       const bytes = Uint8Array.wrap(String.UTF8.encode(text));
       let done: u64 = 0;
       let answer = "";
       while (done < <u64>bytes.length) {
         const written = file.write(bytes.subarray(<i32>done), at + done);
         if (written.isErr) { answer = code(written.unwrapErr()); break; }
         done += written.unwrap();
       }
       file.drop();
       return answer == "" ? done.toString() : answer;
     }
     export function append(path: string, text: string): string {
       const opened = base().openAt(0, path, OpenFlags.Create, DescriptorFlags.Write);
       if (opened.isErr) return code(opened.unwrapErr());
       const file = opened.unwrap();
       const out = file.appendViaStream().unwrap();
       const written = out.blockingWriteAndFlush(Uint8Array.wrap(String.UTF8.encode(text)));
       out.drop();
       file.drop();
       return written.isErr ? failure(written.unwrapErr()) : "ok";
     }
     function failure(error: StreamError): string {
       if (error.isClosed) return "closed";
       const cause = error.asLastOperationFailed();
       const found = filesystemErrorCode(cause);
       const answer = found === null ? "unknown" : "!" + (<i32>found!.value).toString();
       cause.drop();
       return answer;
     }
     export function streamOn(path: string, text: string, times: u32): string {
       const opened = base().openAt(0, path, OpenFlags.Create | OpenFlags.Truncate, DescriptorFlags.Write);
       if (opened.isErr) return code(opened.unwrapErr());
       const file = opened.unwrap();
       const out = file.writeViaStream(0).unwrap();
       const bytes = Uint8Array.wrap(String.UTF8.encode(text));
       let answer = "ok";
       for (let i: u32 = 0; i < times; i++) {
         const ready = out.subscribe();
         ready.block();
         ready.drop();
         const room = out.checkWrite();
         if (room.isErr) { answer = failure(room.unwrapErr()); break; }
         out.write(bytes).unwrap();
       }
       if (answer == "ok") {
         const flushed = out.blockingFlush();
         if (flushed.isErr) answer = failure(flushed.unwrapErr());
       }
       out.drop();
       file.drop();
       return answer;
     }
     export function read(path: string): string {
       const opened = base().openAt(0, path, 0, DescriptorFlags.Read);
       if (opened.isErr) return code(opened.unwrapErr());
       const file = opened.unwrap();
       let text = "";
       let at: u64 = 0;
       for (;;) {
         const read = file.read(1000, at);
         if (read.isErr) { text = code(read.unwrapErr()); break; }
         const got = read.unwrap();
         text += String.UTF8.decode(got.f0.buffer);
         at += got.f0.length;
         if (got.f1) break;
       }
       file.drop();
       return text;
     }
     export function readStream(path: string, at: u64, most: u64): string {
       const opened = base().openAt(0, path, 0, DescriptorFlags.Read);
       if (opened.isErr) return code(opened.unwrapErr());
       const file = opened.unwrap();
       const input = file.readViaStream(at).unwrap();
       file.drop();
       let text = "";
       for (;;) {
         const got = input.blockingRead(most);
         if (got.isErr) {
           const error = got.unwrapErr();
           if (!error.isClosed) text = failure(error);
           break;
         }
         text += String.UTF8.decode(got.unwrap().buffer);
       }
       input.drop();
       return text;
     }
     export function act(what: string, path: string, other: string): string {
       const b = base();
       if (what == "mkdir") { const r = b.createDirectoryAt(path); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "rmdir") { const r = b.removeDirectoryAt(path); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "unlink") { const r = b.unlinkFileAt(path); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "rename") { const r = b.renameAt(path, b, other); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "link") { const r = b.linkAt(0, path, b, other); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "symlink") { const r = b.symlinkAt(path, other); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "readlink") { const r = b.readlinkAt(path); return r.isErr ? code(r.unwrapErr()) : r.unwrap(); }
       if (what == "sync") { const r = b.sync(); return r.isErr ? code(r.unwrapErr()) : "ok"; }
       if (what == "extend") {
         const r = b.openAt(0, path, OpenFlags.Create, both);
         if (r.isErr) return code(r.unwrapErr());
         const file = r.unwrap();
         const sized = file.setSize(U64.parseInt(other));
         file.drop();
         return sized.isErr ? code(sized.unwrapErr()) : "ok";
       }
       if (what == "touch") {
         const r = b.setTimesAt(0, path, NewTimestamp.noChange(), NewTimestamp.timestamp(new Datetime(U64.parseInt(other), 5)));
         return r.isErr ? code(r.unwrapErr()) : "ok";
       }
       if (what == "same") {
         const one = b.openAt(0, path, 0, DescriptorFlags.Read).unwrap();
         const two = b.openAt(0, other, 0, DescriptorFlags.Read).unwrap();
         const same = one.isSameObject(two);
         const hashes = one.metadataHash().unwrap().lower == two.metadataHash().unwrap().lower;
         one.drop();
         two.drop();
         return same.toString() + " " + hashes.toString();
       }
       if (what == "open") {
         const r = b.openAt(0, path, <OpenFlags>U32.parseInt(other), DescriptorFlags.Read);
         if (r.isErr) return code(r.unwrapErr());
         r.unwrap().drop();
         return "ok";
       }
       return "?";
     }
     export function facts(path: string): string {
       const r = base().statAt(PathFlags.SymlinkFollow, path);
       if (r.isErr) return code(r.unwrapErr());
       const s = r.unwrap();
       const at = s.dataModificationTimestamp;
       return (s.type == DescriptorType.Directory ? "d" : "f") + " " + s.size.toString() + " " + s.linkCount.toString()
         + " " + (at === null ? "none" : at.seconds.toString() + "." + at.nanoseconds.toString());
     }
     export function names(path: string): string[] {
       const r = base().openAt(0, path, OpenFlags.Directory, DescriptorFlags.Read);
       if (r.isErr) return [code(r.unwrapErr())];
       const folder = r.unwrap();
       const stream = folder.readDirectory().unwrap();
       const all: string[] = [];
       for (;;) {
         const next = stream.readDirectoryEntry().unwrap();
         if (next === null) break;
         all.push(next.name);
       }
       stream.drop();
       folder.drop();
       return all;
     }
     const held: Descriptor[] = [];
     export function hoard(path: string, count: u32): string {
       for (let i: u32 = 0; i < count; i++) {
         const r = base().openAt(0, path, OpenFlags.Create, both);
         if (r.isErr) return code(r.unwrapErr());
         held.push(r.unwrap());
       }
       return held.length.toString();
     }
     export function kept(path: string): string {
       const file = base().openAt(0, path, OpenFlags.Create, both).unwrap();
       file.write(Uint8Array.wrap(String.UTF8.encode("still here")), 0).unwrap();
       base().unlinkFileAt(path).unwrap();
       const links = file.stat().unwrap().linkCount;
       const text = String.UTF8.decode(file.read(100, 0).unwrap().f0.buffer);
       file.drop();
       return text + " " + links.toString() + " " + facts(path);
     }`,
  );
}
