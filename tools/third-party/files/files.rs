//! The world `files` of files.wit in Rust against its standard library.
use std::alloc::{alloc, realloc, Layout};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

#[export_name = "cabi_realloc"]
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

macro_rules! expect {
    ($what:expr) => {
        if !$what { return Err(io::Error::new(ErrorKind::Other, format!("line {}: {}", line!(), stringify!($what)))); }
    };
}

fn refused<T>(done: io::Result<T>, kind: ErrorKind) -> bool {
    matches!(done, Err(error) if error.kind() == kind)
}

fn work(base: &Path) -> io::Result<()> {
    let a = base.join("a.txt");
    fs::write(&a, "one\ntwo\nthree")?;
    expect!(fs::read_to_string(&a)? == "one\ntwo\nthree");
    let lines: Result<Vec<_>, _> = BufReader::new(File::open(&a)?).lines().collect();
    expect!(lines? == ["one", "two", "three"]);
    OpenOptions::new().append(true).open(&a)?.write_all(b"\nfour")?;
    let mut file = OpenOptions::new().read(true).write(true).open(&a)?;
    expect!(file.seek(SeekFrom::End(-4))? == 14);
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    expect!(text == "four");
    file.seek(SeekFrom::Start(0))?;
    file.write_all(b"ONE")?;
    file.sync_all()?;
    file.set_len(7)?;
    expect!(file.metadata()?.len() == 7);
    expect!(fs::read(&a)? == b"ONE\ntwo");
    drop(file);

    expect!(refused(File::open(base.join("missing")), ErrorKind::NotFound));
    expect!(refused(OpenOptions::new().write(true).create_new(true).open(&a), ErrorKind::AlreadyExists));
    expect!(refused(fs::create_dir(&a), ErrorKind::AlreadyExists));
    expect!(fs::read(a.join("b")).is_err());

    fs::create_dir_all(base.join("d/e/f"))?;
    for i in 0..100 { fs::write(base.join(format!("d/e/{i}")), vec![i as u8; 1000 * i])?; }
    let mut sizes = 0;
    for entry in fs::read_dir(base.join("d/e"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() { sizes += entry.metadata()?.len(); }
    }
    expect!(sizes == 4_950_000);
    expect!(fs::copy(base.join("d/e/99"), base.join("copy"))? == 99_000);
    expect!(fs::read(base.join("copy"))? == vec![99; 99_000]);
    expect!(fs::remove_dir(base.join("d")).is_err());
    fs::rename(base.join("d"), base.join("moved"))?;
    expect!(base.join("moved/e/f").is_dir() && !base.join("d").exists());
    let times = fs::metadata(base.join("copy"))?;
    expect!(times.modified()? >= fs::metadata(&a)?.modified()?);
    // The toolchains' adapter counts entries, so that what is removed while it reads makes it skip others.
    let names: Result<Vec<_>, _> = fs::read_dir(base.join("moved/e"))?.map(|entry| entry.map(|e| e.path())).collect();
    for path in names? { if path.is_dir() { fs::remove_dir(path)?; } else { fs::remove_file(path)?; } }
    fs::remove_dir_all(base.join("moved"))?;
    fs::remove_file(base.join("copy"))?;
    fs::remove_file(&a)?;
    expect!(fs::read_dir(base)?.count() == 0);
    Ok(())
}

#[export_name = "work"]
pub unsafe extern "C" fn do_work(directory: *mut u8, length: usize) -> *const usize {
    let path = String::from_raw_parts(directory, length, length);
    give(work(Path::new(&path)).err().map_or(String::new(), |error| error.to_string()))
}
