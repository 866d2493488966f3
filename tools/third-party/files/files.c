/* The world `files` of files.wit in plain C against wasi-libc. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define export(name) __attribute__((export_name(name)))

struct text { char *at; size_t length; };
static struct text result;
static char told[400];

export("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  void *at = realloc(old, size);
  if (!at && size) abort();
  return at;
}

static struct text *give(const char *text) {
  result.at = (char *)text;
  result.length = strlen(text);
  return &result;
}

#define expect(what) \
  if (!(what)) return snprintf(told, sizeof told, "line %d: %s, errno %d (%s)", __LINE__, #what, errno, strerror(errno)), told
#define refused(what, code) \
  do { errno = 0; long done = (long)(what); \
    if (done != -1 || errno != code) \
      return snprintf(told, sizeof told, "line %d: %s gave %ld, errno %d (%s)", __LINE__, #what, done, errno, strerror(errno)), told; \
  } while (0)

static const char *work(void) {
  char buffer[100];
  struct stat facts, others;

  /* Streams of the C library. */
  FILE *file = fopen("a.txt", "w");
  expect(file);
  expect(fprintf(file, "%s %d\n", "line", 1) == 7);
  expect(fputs("line 2\n", file) >= 0);
  expect(fclose(file) == 0);
  file = fopen("a.txt", "a+");
  expect(file && fputs("line 3\n", file) >= 0 && fflush(file) == 0);
  rewind(file);
  expect(fgets(buffer, sizeof buffer, file) && strcmp(buffer, "line 1\n") == 0);
  expect(fseek(file, -7, SEEK_END) == 0 && fgets(buffer, sizeof buffer, file) && strcmp(buffer, "line 3\n") == 0);
  expect(fgets(buffer, sizeof buffer, file) == NULL && feof(file));
  expect(fclose(file) == 0);

  /* Descriptors. */
  int fd = open("b", O_RDWR | O_CREAT | O_EXCL, 0666);
  expect(fd >= 0);
  expect(write(fd, "0123456789", 10) == 10 && lseek(fd, 0, SEEK_CUR) == 10);
  expect(lseek(fd, 2, SEEK_SET) == 2 && read(fd, buffer, 3) == 3 && memcmp(buffer, "234", 3) == 0);
  expect(write(fd, "x", 1) == 1 && pread(fd, buffer, 10, 0) == 10 && memcmp(buffer, "01234x6789", 10) == 0);
  expect(pwrite(fd, "yz", 2, 20) == 2 && fstat(fd, &facts) == 0 && facts.st_size == 22 && S_ISREG(facts.st_mode));
  expect(pread(fd, buffer, 100, 10) == 12 && buffer[0] == 0 && buffer[9] == 0 && buffer[10] == 'y');
  expect(ftruncate(fd, 5) == 0 && ftruncate(fd, 8) == 0 && pread(fd, buffer, 100, 0) == 8);
  /* The toolchains' adapter reads on where it read last, after a write too: a seek tells it where. */
  expect(memcmp(buffer, "01234\0\0\0", 8) == 0 && lseek(fd, 6, SEEK_SET) == 6);
  expect(read(fd, buffer, 10) == 2 && read(fd, buffer, 10) == 0);
  expect(fsync(fd) == 0 && fdatasync(fd) == 0);
  refused(lseek(fd, -1, SEEK_SET), EINVAL);
  expect(close(fd) == 0);
  refused(close(fd), EBADF);
  refused(write(fd, "x", 1), EBADF);

  fd = open("b", O_WRONLY | O_APPEND);
  expect(fd >= 0 && write(fd, "end", 3) == 3 && write(fd, "!", 1) == 1);
  refused(read(fd, buffer, 1), EBADF);
  expect(fstat(fd, &facts) == 0 && facts.st_size == 12 && close(fd) == 0);
  fd = open("b", O_RDONLY);
  refused(write(fd, "x", 1), EBADF);
  expect(close(fd) == 0);
  fd = open("b", O_WRONLY | O_TRUNC);
  expect(fd >= 0 && fstat(fd, &facts) == 0 && facts.st_size == 0 && close(fd) == 0);
  struct timespec times[2] = { { 1000000000, 0 }, { 1100000000, 500 } };
  expect(utimensat(AT_FDCWD, "b", times, 0) == 0 && stat("b", &facts) == 0);
  expect(facts.st_atim.tv_sec == 1000000000 && facts.st_mtim.tv_sec == 1100000000 && facts.st_mtim.tv_nsec == 500);

  /* Each error. */
  refused(open("missing", O_RDONLY), ENOENT);
  refused(open("a.txt", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
  refused(open("a.txt/b", O_RDONLY), ENOTDIR);
  refused(open("a.txt/", O_RDONLY), ENOTDIR);
  refused(open("a.txt", O_RDONLY | O_DIRECTORY), ENOTDIR);
  refused(open("missing/b", O_RDWR | O_CREAT, 0666), ENOENT);
  char name[400];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = 0;
  refused(open(name, O_RDWR | O_CREAT, 0666), ENAMETOOLONG);
  refused(unlink("missing"), ENOENT);
  refused(rename("missing", "c"), ENOENT);

  /* Directories. */
  expect(mkdir("d", 0777) == 0 && mkdir("d/e", 0777) == 0);
  refused(mkdir("d", 0777), EEXIST);
  refused(mkdir("missing/d", 0777), ENOENT);
  refused(open("d", O_RDWR), EISDIR);
  refused(rmdir("d"), ENOTEMPTY);
  refused(rmdir("a.txt"), ENOTDIR);
  refused(rmdir("missing"), ENOENT);
  refused(unlink("d"), EISDIR);
  refused(rename("d", "d/e/f"), EINVAL);
  refused(rename("a.txt", "d"), EISDIR);
  refused(rename("d", "a.txt"), ENOTDIR);
  expect(mkdir("full", 0777) == 0 && mkdir("full/one", 0777) == 0);
  refused(rename("d", "full"), ENOTEMPTY);
  expect(rmdir("full/one") == 0 && rename("d", "full") == 0 && stat("full/e", &facts) == 0 && S_ISDIR(facts.st_mode));
  expect(rename("full", "d") == 0);
  expect(rename("a.txt", "d/a") == 0 && rename("b", "d/a") == 0 && stat("d/a", &facts) == 0 && facts.st_size == 0);
  refused(link("d/a", "l"), ENOTSUP);
  refused(symlink("a", "d/l"), ENOTSUP);
  refused(readlink("d/a", buffer, sizeof buffer), EINVAL);

  for (int i = 0; i < 200; i++) {
    snprintf(buffer, sizeof buffer, "d/e/file%d", i);
    fd = open(buffer, O_WRONLY | O_CREAT, 0666);
    expect(fd >= 0 && close(fd) == 0);
  }
  DIR *directory = opendir("d/e");
  expect(directory);
  int files = 0;
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strncmp(entry->d_name, "file", 4) != 0) continue;
    expect(entry->d_type == DT_REG);
    expect(unlinkat(dirfd(directory), entry->d_name, 0) == 0);
    files++;
  }
  expect(files == 200);
  rewinddir(directory);
  while (readdir(directory)) files++;
  expect(files <= 202 && closedir(directory) == 0);

  /* Open, and gone. */
  fd = open("d/a", O_RDWR);
  expect(write(fd, "still", 5) == 5 && unlink("d/a") == 0);
  expect(fstat(fd, &facts) == 0 && facts.st_size == 5 && facts.st_nlink == 0);
  expect(pread(fd, buffer, 5, 0) == 5 && memcmp(buffer, "still", 5) == 0 && close(fd) == 0);
  refused(stat("d/a", &others), ENOENT);
  expect(access("d/e", F_OK) == 0 && rmdir("d/e") == 0 && rmdir("d") == 0 && rmdir("full") == -1);

  /* Much, in pieces that fit nothing. */
  static char large[100000], back[100000];
  for (size_t i = 0; i < sizeof large; i++) large[i] = (char)(i * 7 + i / 251);
  fd = open("large", O_RDWR | O_CREAT, 0666);
  for (int i = 0; i < 20; i++)
    for (size_t at = 0; at < sizeof large;) {
      ssize_t wrote = write(fd, large + at, sizeof large - at < 33333 ? sizeof large - at : 33333);
      expect(wrote > 0);
      at += wrote;
    }
  for (int i = 0; i < 20; i++) {
    for (size_t at = 0; at < sizeof back;) {
      ssize_t got = pread(fd, back + at, sizeof back - at, (off_t)i * sizeof back + at);
      expect(got > 0);
      at += got;
    }
    expect(memcmp(large, back, sizeof large) == 0);
  }
  expect(close(fd) == 0 && unlink("large") == 0);
  return "";
}

export("work") void *do_work(char *directory, size_t length) {
  char *path = strndup(directory, length);
  free(directory);
  if (chdir(path) != 0) return give(strerror(errno));
  return give(work());
}
