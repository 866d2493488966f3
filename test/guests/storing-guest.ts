/** Plugin that keeps objects in containers, and says how that ended. */
import { buildProbe } from "../support/capability-probe.ts";

/** Built once by whoever tests with it. What failed begins with `!`. */
export function buildStoringGuest(): Promise<Uint8Array> {
  return buildProbe(
    `import wasi:blobstore/blobstore@0.2.0-draft;
     import wasi:blobstore/container@0.2.0-draft;
     import wasi:blobstore/types@0.2.0-draft;
     import wasi:io/streams@0.2.12;
     export containers: func(what: string, name: string) -> string;
     export put: func(container: string, name: string, text: string, times: u32, finished: bool) -> string;
     export get: func(container: string, name: string, start: u64, end: u64, whole: bool) -> string;
     export objects: func(what: string, container: string, name: string) -> string;
     export transfer: func(moving: bool, container: string, name: string, other: string, to: string) -> string;
     export names: func(container: string) -> list<string>;`,
    `import { createContainer, getContainer, deleteContainer, containerExists, copyObject, moveObject } from "wasi:blobstore/blobstore@0.2.0-draft";
     import { Container } from "wasi:blobstore/container@0.2.0-draft";
     import { IncomingValue, OutgoingValue, ObjectId } from "wasi:blobstore/types@0.2.0-draft";

     export function containers(what: string, name: string): string {
       if (what == "create") {
         const made = createContainer(name);
         if (made.isErr) return "!" + made.unwrapErr();
         const container = made.unwrap();
         const info = container.info().unwrap();
         container.drop();
         return info.name + (info.createdAt > 1700000000 ? "" : " long ago");
       }
       if (what == "exists") {
         const there = containerExists(name);
         return there.isErr ? "!" + there.unwrapErr() : there.unwrap().toString();
       }
       if (what == "delete") {
         const gone = deleteContainer(name);
         return gone.isErr ? "!" + gone.unwrapErr() : "ok";
       }
       const container = getContainer(name);
       if (container.isErr) return "!" + container.unwrapErr();
       const cleared = container.unwrap().clear();
       container.unwrap().drop();
       return cleared.isErr ? "!" + cleared.unwrapErr() : "ok";
     }
     export function put(name: string, object: string, text: string, times: u32, finished: bool): string {
       const container = getContainer(name);
       if (container.isErr) return "!" + container.unwrapErr();
       const value = OutgoingValue.newOutgoingValue();
       const body = value.outgoingValueWriteBody().unwrap();
       const placed = container.unwrap().writeData(object, value);
       container.unwrap().drop();
       let answer = placed.isErr ? "!" + placed.unwrapErr() : "ok";
       const bytes = Uint8Array.wrap(String.UTF8.encode(text));
       for (let i: u32 = 0; i < times; i++) if (body.blockingWriteAndFlush(bytes).isErr) { answer = "!write"; break; }
       body.drop();
       if (!finished) { value.drop(); return answer; }
       const done = OutgoingValue.finish(value);
       return done.isErr ? "!" + done.unwrapErr() : answer;
     }
     export function get(name: string, object: string, start: u64, end: u64, whole: bool): string {
       const container = getContainer(name);
       if (container.isErr) return "!" + container.unwrapErr();
       const got = container.unwrap().getData(object, start, end);
       container.unwrap().drop();
       if (got.isErr) return "!" + got.unwrapErr();
       const value = got.unwrap();
       const size = value.size();
       if (whole) {
         const bytes = IncomingValue.incomingValueConsumeSync(value);
         if (bytes.isErr) return "!" + bytes.unwrapErr();
         return size.toString() + " " + String.UTF8.decode(bytes.unwrap().buffer);
       }
       const stream = IncomingValue.incomingValueConsumeAsync(value).unwrap();
       let read: u64 = 0;
       for (;;) {
         const part = stream.blockingRead(10_000);
         if (part.isErr) break;
         read += part.unwrap().length;
       }
       stream.drop();
       return size.toString() + " " + read.toString();
     }
     export function objects(what: string, name: string, object: string): string {
       const found = getContainer(name);
       if (found.isErr) return "!" + found.unwrapErr();
       const container = found.unwrap();
       let answer = "?";
       if (what == "has") {
         const there = container.hasObject(object);
         answer = there.isErr ? "!" + there.unwrapErr() : there.unwrap().toString();
       } else if (what == "info") {
         const info = container.objectInfo(object);
         answer = info.isErr ? "!" + info.unwrapErr()
           : info.unwrap().container + "/" + info.unwrap().name + " " + info.unwrap().size.toString();
       } else if (what == "delete") {
         const gone = container.deleteObject(object);
         answer = gone.isErr ? "!" + gone.unwrapErr() : "ok";
       } else if (what == "delete-several") {
         const gone = container.deleteObjects(object.split(","));
         answer = gone.isErr ? "!" + gone.unwrapErr() : "ok";
       }
       container.drop();
       return answer;
     }
     export function transfer(moving: bool, name: string, object: string, other: string, to: string): string {
       const from = new ObjectId(name, object);
       const target = new ObjectId(other, to);
       const done = moving ? moveObject(from, target) : copyObject(from, target);
       return done.isErr ? "!" + done.unwrapErr() : "ok";
     }
     export function names(name: string): string[] {
       const container = getContainer(name).unwrap();
       const stream = container.listObjects().unwrap();
       const all: string[] = [];
       for (;;) {
         const some = stream.readStreamObjectNames(7).unwrap();
         for (let i = 0; i < some.f0.length; i++) all.push(some.f0[i]);
         if (some.f1) break;
       }
       stream.drop();
       container.drop();
       return all;
     }`,
  );
}
