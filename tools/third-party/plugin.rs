//! The world of world.wit in Rust: the canonical ABI by hand, names as wasm-tools expects them (BuildTargets.md).
use std::alloc::{alloc, realloc, Layout};
#[link(wasm_import_module = "cm32p2|demo:text/journal@0.1")]
extern "C" { #[link_name = "write"] fn journal_write(text: *const u8, length: usize); }
#[export_name = "cm32p2_realloc"]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 { return align as *mut u8; }
    let at = if old_size == 0 { alloc(Layout::from_size_align_unchecked(size, align)) }
        else { realloc(old, Layout::from_size_align_unchecked(old_size, align), size) };
    if at.is_null() { std::process::abort() }
    at
}
static mut RESULT: [usize; 2] = [0; 2];
unsafe fn give(text: String) -> *const usize {
    let text = text.into_boxed_str();
    RESULT = [text.as_ptr() as usize, text.len()];
    std::mem::forget(text);
    RESULT.as_ptr()
}
unsafe fn take(text: *mut u8, length: usize) -> String { if length == 0 { String::new() } else { String::from_raw_parts(text, length, length) } }
#[export_name = "cm32p2||greet"]
pub unsafe extern "C" fn greet(text: *mut u8, length: usize) -> *const usize {
    let name = take(text, length);
    let line = format!("greeting {name}");
    journal_write(line.as_ptr(), line.len());
    give(format!("Hello, {name}!"))
}
#[export_name = "cm32p2||greet_post"]
pub unsafe extern "C" fn greet_post(result: *const usize) { drop(take(*result as *mut u8, *result.add(1))) }
#[export_name = "cm32p2||words"]
pub unsafe extern "C" fn words(text: *mut u8, length: usize) -> *const usize {
    let text = take(text, length);
    let words: Vec<[usize; 2]> = text.split_whitespace().map(|w| { let w: Box<str> = w.into(); let r = [w.as_ptr() as usize, w.len()]; std::mem::forget(w); r }).collect();
    let words = words.into_boxed_slice();
    RESULT = [words.as_ptr() as usize, words.len()];
    std::mem::forget(words);
    RESULT.as_ptr()
}
#[export_name = "cm32p2||words_post"]
pub unsafe extern "C" fn words_post(_result: *const usize) {}
#[repr(C)] pub struct Outcome { tag: u8, of: Of }
#[repr(C)] union Of { ok: f64, err: [usize; 2] }
static mut OUTCOME: Outcome = Outcome { tag: 0, of: Of { ok: 0.0 } };
#[export_name = "cm32p2|demo:text/shapes@0.1|area"]
pub unsafe extern "C" fn area(tag: u32, bits: u64, count: usize) -> *const Outcome {
    OUTCOME = match tag {
        0 => Outcome { tag: 0, of: Of { ok: std::f64::consts::PI * f64::from_bits(bits).powi(2) } },
        1 => {
            let points = std::slice::from_raw_parts(bits as u32 as *const [f64; 2], count);
            let sum: f64 = (0..count).map(|i| { let (a, b) = (points[i], points[(i + 1) % count]); a[0] * b[1] - a[1] * b[0] }).sum();
            Outcome { tag: 0, of: Of { ok: sum.abs() / 2.0 } }
        }
        _ => { let why = "no shape, no area"; Outcome { tag: 1, of: Of { err: [why.as_ptr() as usize, why.len()] } } }
    };
    &OUTCOME
}
#[export_name = "cm32p2_initialize"]
pub extern "C" fn initialize() {}
