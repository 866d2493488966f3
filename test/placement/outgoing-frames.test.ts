import { expect, it } from "vitest";
import { OutgoingFrames } from "../../host/placement/process/outgoing-frames.ts";

it("end a process that leaves too much of them unread, and no other", () => {
  const gone: (() => void)[] = [];
  const reasons: string[] = [];
  const frames = new OutgoingFrames(
    (_, each) => void gone.push(each),
    (why) => void reasons.push(why),
  );
  let sent = 0;
  const frame = () => Buffer.alloc(1024 * 1024);
  for (let i = 0; i < 200; i++) {
    frames.send(frame(), () => void sent++);
    for (const each of gone.splice(0)) each();
  }
  expect(sent).toBe(200);
  for (let i = 0; i < 63; i++) frames.send(frame());
  expect(reasons).toEqual([]);
  frames.send(frame());
  expect(reasons).toEqual(["it left more than 67108864 bytes unread"]);
});
