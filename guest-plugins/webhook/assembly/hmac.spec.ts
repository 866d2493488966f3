import { utf8 } from "hotcell/assembly/http";
import { equal, test } from "hotcell/spec";
import { HmacKey, same } from "./hmac";

test("signs as RFC 4231 does", () => {
  const signature = new HmacKey(utf8("Jefe")).sign(utf8("what do ya want for nothing?"));
  equal(signature.length, 32);
  equal(signature[0], 0x5b);
  equal(signature[31], 0x43);
});

test("compares what has other lengths too", () => {
  equal(same(utf8("abc"), utf8("abc")), true);
  equal(same(utf8("abc"), utf8("abd")), false);
  equal(same(utf8("abc"), utf8("ab")), false);
  equal(same(utf8(""), utf8("a")), false);
});
