import { posix, win32 } from "node:path";
import { describe, expect, it } from "vitest";
import { importPath, pathFrom, shownPath, slashed, wasiPath } from "../../host/text/paths.ts";

describe("paths on Windows", () => {
  it("are shown from where the reader is, and whole where that is elsewhere", () => {
    expect(shownPath("C:\\work\\plugin\\wit", "C:\\work", win32)).toBe("plugin\\wit");
    expect(shownPath("c:\\WORK\\plugin", "C:\\work", win32)).toBe("plugin");
    expect(shownPath("C:\\work", "C:\\work", win32)).toBe(".");
    expect(shownPath("C:\\other\\plugin", "C:\\work", win32)).toBe("C:\\other\\plugin");
    expect(shownPath("D:\\plugin", "C:\\work", win32)).toBe("D:\\plugin");
    expect(shownPath("C:\\work\\..plugin", "C:\\work", win32)).toBe("..plugin");
  });

  it("are written into sources with slashes", () => {
    expect(slashed("assembly\\index.ts", win32)).toBe("assembly/index.ts");
    expect(pathFrom("C:\\work\\plugin", "C:\\work\\plugin\\assembly\\index.ts", win32)).toBe(
      "assembly/index.ts",
    );
    expect(pathFrom("C:\\work\\plugin", "C:\\work\\shared\\a.ts", win32)).toBe("../shared/a.ts");
    expect(pathFrom("C:\\work", "D:\\a.ts", win32)).toBe("D:/a.ts");
    expect(importPath("C:\\p\\build\\bindings", "C:\\p\\assembly\\index", win32)).toBe(
      "../../assembly/index",
    );
    expect(importPath("C:\\p", "C:\\p\\assembly\\index", win32)).toBe("./assembly/index");
    expect(importPath("C:\\p", "D:\\index", win32)).toBe("D:/index");
  });

  it("are given to wasm-tools under the prefix that its root needs, as jco does", () => {
    expect(wasiPath("C:\\work\\plugin\\wit", win32)).toBe("//?/C:\\work\\plugin\\wit");
    expect(wasiPath("\\\\server\\share\\wit", win32)).toBe("//?/\\\\server\\share\\wit");
  });
});

describe("paths elsewhere", () => {
  it("are shown from where the reader is, and whole where that is elsewhere", () => {
    expect(shownPath("/work/plugin/wit", "/work", posix)).toBe("plugin/wit");
    expect(shownPath("/work", "/work", posix)).toBe(".");
    expect(shownPath("/other", "/work", posix)).toBe("/other");
    expect(shownPath("/work/..plugin", "/work", posix)).toBe("..plugin");
  });

  it("keep a backslash, which is part of a name", () => {
    expect(slashed("a\\b/c.ts", posix)).toBe("a\\b/c.ts");
    expect(pathFrom("/work", "/work/a\\b.ts", posix)).toBe("a\\b.ts");
    expect(importPath("/work/build/bindings", "/work/assembly/index", posix)).toBe("../../assembly/index");
    expect(importPath("/work", "/work/index", posix)).toBe("./index");
  });

  it("are given to wasm-tools as they are", () => {
    expect(wasiPath("/work/plugin/wit", posix)).toBe("/work/plugin/wit");
  });
});
