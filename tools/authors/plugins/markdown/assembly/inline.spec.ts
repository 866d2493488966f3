import { equal, test } from "hotcell/spec";
import { escaped, inline } from "./inline";

test("marks that are not closed stay as they are", () => {
  equal(inline("2 * 3 and [x"), "2 * 3 and [x");
  equal(inline("a ** b"), "a ** b");
});

test("code is escaped and not marked up", () => {
  equal(inline("`*a* <b>`"), "<code>*a* &lt;b&gt;</code>");
  equal(escaped('"&'), "&quot;&amp;");
});
