/* The world `system` of system.wit in plain C against wasi-libc. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#define export(name) __attribute__((export_name(name)))

struct text { char *at; size_t length; };

export("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  void *at = realloc(old, size);
  if (!at && size) abort();
  return at;
}

export("now") double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  return at.tv_sec * 1000.0 + at.tv_nsec / 1000000;
}

export("dice") uint32_t dice(void) {
  uint32_t number;
  if (getentropy(&number, sizeof number)) abort();
  return number;
}

export("say") void say(char *line, size_t length) {
  printf("%.*s\n", (int)length, line);
  fflush(stdout);
  free(line);
}

static uint64_t milliseconds(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000ull + at.tv_nsec / 1000000;
}

export("nap") uint32_t nap(uint32_t duration) {
  uint64_t before = milliseconds();
  usleep(duration * 1000);
  return milliseconds() - before;
}

static struct text result;

static struct text *give(const char *text) {
  result.at = strdup(text);
  result.length = strlen(text);
  return &result;
}

static char *terminated(char *text, size_t length) {
  char *copy = strndup(text, length);
  free(text);
  return copy;
}

static struct { uint8_t some; struct text text; } option;

export("variable") void *variable(char *name, size_t length) {
  char *key = terminated(name, length), *value = getenv(key);
  option.some = value != NULL;
  if (value) option.text = *give(value);
  free(key);
  return &option;
}

export("read-file") void *read_file(char *path, size_t length) {
  char *name = terminated(path, length);
  FILE *file = fopen(name, "r");
  free(name);
  if (!file) return give(strerror(errno));
  static char line[100];
  if (!fgets(line, sizeof line, file)) line[0] = 0;
  fclose(file);
  return give(line);
}

export("leave") void leave(uint32_t status) { exit(status); }
