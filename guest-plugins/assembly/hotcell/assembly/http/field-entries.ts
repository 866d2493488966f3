// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Fields } from "wasi:http/types";
import { Tuple2 } from "wit-types";
import { sameName, utf8 } from "./texts";

/** Header or trailer fields before they are sent: plain objects until then, and one call of the host for all. */
@final export class FieldEntries {
  private list: Array<Tuple2<string, Uint8Array>> = [];

  append(name: string, value: string): void {
    this.add(new Tuple2(name, utf8(value)));
  }

  /** One that was made before. */
  add(entry: Tuple2<string, Uint8Array>): void {
    this.list.push(entry);
  }

  /** Takes the place of all of that name. */
  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  delete(name: string): void {
    const list = this.list;
    for (let i = list.length - 1; i >= 0; i--) if (sameName(list[i].f0, name)) list.splice(i, 1);
  }

  has(name: string): bool {
    const list = this.list;
    for (let i = 0; i < list.length; i++) if (sameName(list[i].f0, name)) return true;
    return false;
  }

  toFields(): Fields {
    const made = Fields.fromList(this.list);
    if (made.isErr) throw new Error(this.refusal());
    return made.unwrap();
  }

  private refusal(): string {
    const list = this.list;
    for (let i = 0; i < list.length; i++) {
      if (Fields.fromList([list[i]]).isErr) return "a header field was refused: " + list[i].f0;
    }
    return "header fields were refused";
  }
}
