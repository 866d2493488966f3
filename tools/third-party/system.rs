//! The world `system` of system.wit in Rust against its standard library.
use std::alloc::{alloc, realloc, Layout};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant, SystemTime};

#[export_name = "cabi_realloc"]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 { return align as *mut u8; }
    let at = if old_size == 0 { alloc(Layout::from_size_align_unchecked(size, align)) }
        else { realloc(old, Layout::from_size_align_unchecked(old_size, align), size) };
    if at.is_null() { std::process::abort() }
    at
}
unsafe fn take(text: *mut u8, length: usize) -> String {
    if length == 0 { String::new() } else { String::from_raw_parts(text, length, length) }
}
static mut RESULT: [usize; 2] = [0; 2];
unsafe fn give(text: String) -> *const usize {
    let text = text.into_boxed_str();
    RESULT = [text.as_ptr() as usize, text.len()];
    std::mem::forget(text);
    RESULT.as_ptr()
}

#[export_name = "now"]
pub extern "C" fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as f64
}
/// The keys that every hash table of the standard library begins with.
#[export_name = "dice"]
pub extern "C" fn dice() -> u32 {
    RandomState::new().build_hasher().finish() as u32
}
#[export_name = "say"]
pub unsafe extern "C" fn say(line: *mut u8, length: usize) {
    println!("{}", take(line, length));
}
#[export_name = "nap"]
pub extern "C" fn nap(milliseconds: u32) -> u32 {
    let before = Instant::now();
    std::thread::sleep(Duration::from_millis(milliseconds.into()));
    before.elapsed().as_millis() as u32
}
#[repr(C)] pub struct OptionalText { some: u8, text: [usize; 2] }
static mut OPTION: OptionalText = OptionalText { some: 0, text: [0; 2] };
#[export_name = "variable"]
pub unsafe extern "C" fn variable(name: *mut u8, length: usize) -> *const OptionalText {
    let value = std::env::var(take(name, length));
    OPTION.some = value.is_ok().into();
    if let Ok(value) = value { give(value); OPTION.text = RESULT; }
    &OPTION
}
#[export_name = "read-file"]
pub unsafe extern "C" fn read_file(path: *mut u8, length: usize) -> *const usize {
    give(std::fs::read_to_string(take(path, length)).unwrap_or_else(|error| error.to_string()))
}
#[export_name = "leave"]
pub extern "C" fn leave(status: u32) {
    std::process::exit(status as i32)
}
