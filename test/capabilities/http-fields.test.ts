/** Lists of header fields, however many there are, against a plain array that is gone through for each question. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { FieldList } from "../../host/capabilities/http/http-fields.ts";
import { HostObjects } from "../../host/capabilities/kit/host-objects.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";

const names = ["Accept", "accept", "X-One", "x-one", "Cookie", "Via"];
const name = fc.constantFrom(...names);
const value = fc.uint8Array({ maxLength: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("append" as const), name, value }) },
  fc.record({ kind: fc.constant("set" as const), name, values: fc.array(value, { maxLength: 4 }) }),
);

it("answer alike, few or many, in the order in which they were appended", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 20 }),
      fc.array(step, { maxLength: 40 }),
      (first, steps) => {
        const heap = new HeapAccount();
        const objects = new HostObjects(heap);
        const list = new FieldList(objects, first);
        let expected = [...first];
        const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
        for (const each of steps) {
          if (each.kind === "append") {
            list.append(each.name, each.value);
            expected.push([each.name, each.value]);
          } else {
            list.set(each.name, each.values);
            expected = expected.filter(([name]) => !same(name, each.name));
            for (const value of each.values) expected.push([each.name, value]);
          }
          expect([...list.entries()]).toEqual(expected);
          expect(list.size).toBe(expected.length);
          for (const asked of names) {
            const values = expected.filter(([name]) => same(name, asked)).map(([, value]) => value);
            expect(list.get(asked)).toEqual(values);
            expect(list.count(asked)).toBe(values.length);
            expect(list.has(asked)).toBe(values.length > 0);
            expect(list.first(asked.toLowerCase())).toEqual(values[0]);
          }
        }
        list.release();
        objects.release();
        expect(heap.inUse).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});
