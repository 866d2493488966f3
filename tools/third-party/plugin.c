/* The world of world.wit in C: the canonical ABI by hand, names as wasm-tools expects them (BuildTargets.md). */
typedef unsigned int u32; typedef unsigned char u8;
extern u8 __heap_base;
static u32 top;
static u32 alloc(u32 align, u32 size) {
  if (top == 0) top = (u32)&__heap_base;
  top = (top + align - 1) & -align;
  u32 at = top;
  top += size;
  u32 have = __builtin_wasm_memory_size(0) << 16;
  if (top > have && __builtin_wasm_memory_grow(0, ((top - have) >> 16) + 1) == (u32)-1) __builtin_trap();
  return at;
}
__attribute__((export_name("cm32p2_realloc"))) u32 cabi_realloc(u32 old, u32 old_size, u32 align, u32 size) {
  u32 at = alloc(align, size);
  for (u32 i = 0; i < old_size && i < size; i++) ((u8 *)at)[i] = ((u8 *)old)[i];
  return at;
}
__attribute__((import_module("cm32p2|demo:text/journal@0.1"), import_name("write"))) void journal_write(u32, u32);
static u32 pair[2];

/* A new string of the three, also left in `pair`. */
static u32 join(const char *before, u32 text, u32 length, const char *after) {
  u32 out = alloc(1, length + 16);
  u8 *p = (u8 *)out;
  while (*before) *p++ = *before++;
  for (u32 i = 0; i < length; i++) *p++ = ((u8 *)text)[i];
  while (*after) *p++ = *after++;
  pair[0] = out;
  pair[1] = (u32)p - out;
  return out;
}

__attribute__((export_name("cm32p2||greet"))) u32 greet(u32 text, u32 length) {
  u32 line = join("greeting ", text, length, "");
  journal_write(line, pair[1]);
  join("Hello, ", text, length, "!");
  return (u32)pair;
}
__attribute__((export_name("cm32p2||greet_post"))) void post_greet(u32 r) { top = 0; }
__attribute__((export_name("cm32p2||words"))) u32 words(u32 text, u32 length) {
  u8 *t = (u8 *)text; u32 count = 0;
  for (u32 i = 0; i < length; i++) if (t[i] != ' ' && (i == 0 || t[i - 1] == ' ')) count++;
  u32 *list = (u32 *)alloc(4, count * 8), *w = list;
  for (u32 i = 0; i < length; i++) {
    if (t[i] == ' ') continue;
    if (i == 0 || t[i - 1] == ' ') { w[0] = text + i; w[1] = 0; w += 2; }
    w[-1]++;
  }
  pair[0] = (u32)list; pair[1] = count;
  return (u32)pair;
}
__attribute__((export_name("cm32p2||words_post"))) void post_words(u32 r) { top = 0; }
typedef double f64;
struct outcome { u8 tag; union { f64 ok; u32 err[2]; } of; };
static struct outcome outcome;
/* shape flattens to: case, then (f64 joined with i32 -> i64), then i32 */
__attribute__((export_name("cm32p2|demo:text/shapes@0.1|area"))) u32 area(u32 tag, unsigned long long bits, u32 count) {
  static const char none[] = "no shape, no area";
  outcome.tag = 0;
  if (tag == 0) { f64 r; __builtin_memcpy(&r, &bits, 8); outcome.of.ok = 3.141592653589793 * r * r; }
  else if (tag == 1) {
    const f64 *p = (const f64 *)(u32)bits; f64 sum = 0;
    for (u32 i = 0; i < count; i++) { u32 j = i + 1 == count ? 0 : i + 1; sum += p[2*i] * p[2*j+1] - p[2*j] * p[2*i+1]; }
    outcome.of.ok = (sum < 0 ? -sum : sum) / 2;
  } else { outcome.tag = 1; outcome.of.err[0] = (u32)none; outcome.of.err[1] = sizeof none - 1; }
  return (u32)&outcome;
}
__attribute__((export_name("cm32p2_initialize"))) void init(void) {}
