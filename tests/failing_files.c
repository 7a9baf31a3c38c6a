/* A disk that fails: preloaded, it makes file operations below a folder fail.
 *
 * tests/failing_files.py compiles it and says, in environment variables, what fails:
 *
 *   FAULT_CALL    write, rename, open, fsync, mkdir or unlink: a family of calls; or
 *                 all, to count only
 *   FAULT_BELOW   the folder, an absolute path without links
 *   FAULT_NAMED   pattern of the whole path, as of a shell; `*` takes slashes too
 *   FAULT_NTH     the first matching call that fails, from 1; 0 to count only
 *   FAULT_MANY    how many fail from then on; 0 for all
 *   FAULT_ERRNO   the number of the error; below 0, of a signal that comes instead
 *   FAULT_COUNT   a file of eight bytes for each family, where all processes count
 *                 matching calls
 *
 * They are read when the library is loaded, and again by `arm_faults`, for a process
 * that was forked from one that had loaded it.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FAMILIES 6
static const char *const families[FAMILIES] = {"write", "rename", "open",
                                               "fsync", "mkdir",  "unlink"};

static const char *family, *below, *named;
static long nth, many;
static int error_number;
static long *counts; /* Null while nothing is to fail or to be counted. */

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) void arm_faults(void) {
  static int (*real_open)(const char *, int, ...);
  const char *path = getenv("FAULT_COUNT");
  counts = NULL;
  if (!path) return;
  family = getenv("FAULT_CALL");
  below = getenv("FAULT_BELOW");
  named = getenv("FAULT_NAMED");
  if (!family || !below || !named) abort();
  nth = number("FAULT_NTH");
  many = number("FAULT_MANY");
  error_number = (int)number("FAULT_ERRNO");
  real_open = dlsym(RTLD_NEXT, "open");
  int handle = real_open(path, O_RDWR | O_CLOEXEC);
  if (handle < 0) abort();
  size_t size = FAMILIES * sizeof *counts;
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  if (page == MAP_FAILED) abort();
  close(handle);
  counts = page;
}

static long *count_of(const char *call) {
  int place = 0;
  while (strcmp(families[place], call)) ++place;
  return counts + place;
}

/* Whether a call for a path shall fail; sets errno. */
static int fails(const char *call, const char *path) {
  size_t length = strlen(below);
  if (strncmp(path, below, length) || (path[length] && path[length] != '/') ||
      fnmatch(named, path, 0))
    return 0;
  long place = __atomic_add_fetch(count_of(call), 1, __ATOMIC_SEQ_CST);
  if (!nth || place < nth || (many && place >= nth + many)) return 0;
  if (error_number < 0) {
    raise(-error_number);
    return 0;
  }
  errno = error_number;
  return 1;
}

static int is_armed(const char *call) {
  return counts && (!strcmp(family, call) || !strcmp(family, "all"));
}

static int fails_at(const char *call, int folder, const char *path) {
  char whole[2 * PATH_MAX], base[PATH_MAX] = "", link[64];
  if (!is_armed(call) || !path) return 0;
  if (path[0] == '/') return fails(call, path);
  if (folder == AT_FDCWD) {
    if (!getcwd(base, sizeof base)) return 0;
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    if (readlink(link, base, sizeof base - 1) < 0) return 0;
  }
  snprintf(whole, sizeof whole, "%s/%s", base, path);
  return fails(call, whole);
}

static int fails_on(const char *call, int handle) {
  char path[PATH_MAX] = "", link[64];
  if (!is_armed(call)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  return readlink(link, path, sizeof path - 1) > 0 && fails(call, path);
}

/* A stream that is only read from is none of the family `write`. */
static int fails_in(FILE *stream) {
  if (!stream || !is_armed("write")) return 0;
  int mode = fcntl(fileno(stream), F_GETFL);
  return mode >= 0 && (mode & O_ACCMODE) != O_RDONLY &&
         fails_on("write", fileno(stream));
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define CALL(type, failed, name, parameters, arguments, condition) \
  type name parameters {                                           \
    return (condition) ? (failed) : REAL(name) arguments;          \
  }

/* The family `write`. What libc flushes by itself cannot be caught: its streams are. */
CALL(ssize_t, -1, write, (int f, const void *b, size_t n), (f, b, n),
     fails_on("write", f))
CALL(ssize_t, -1, pwrite, (int f, const void *b, size_t n, off_t o), (f, b, n, o),
     fails_on("write", f))
CALL(ssize_t, -1, pwrite64, (int f, const void *b, size_t n, off64_t o), (f, b, n, o),
     fails_on("write", f))
CALL(ssize_t, -1, writev, (int f, const struct iovec *v, int n), (f, v, n),
     fails_on("write", f))
CALL(ssize_t, -1, pwritev, (int f, const struct iovec *v, int n, off_t o),
     (f, v, n, o), fails_on("write", f))
CALL(ssize_t, -1, sendfile, (int to, int from, off_t *o, size_t n), (to, from, o, n),
     fails_on("write", to))
CALL(ssize_t, -1, sendfile64, (int to, int from, off64_t *o, size_t n),
     (to, from, o, n), fails_on("write", to))
CALL(ssize_t, -1, copy_file_range,
     (int from, off64_t *a, int to, off64_t *b, size_t n, unsigned flags),
     (from, a, to, b, n, flags), fails_on("write", to))
CALL(int, -1, ftruncate, (int f, off_t n), (f, n), fails_on("write", f))
CALL(int, -1, ftruncate64, (int f, off64_t n), (f, n), fails_on("write", f))
CALL(size_t, 0, fwrite, (const void *b, size_t size, size_t n, FILE *s),
     (b, size, n, s), fails_in(s))
CALL(int, EOF, fputs, (const char *text, FILE *s), (text, s), fails_in(s))
CALL(int, EOF, fputc, (int c, FILE *s), (c, s), fails_in(s))
CALL(int, EOF, fflush, (FILE *s), (s), fails_in(s))

int fclose(FILE *stream) {
  int failed = fails_in(stream), error = errno;
  int result = REAL(fclose)(stream); /* Closed it is, as with a real disk. */
  if (!failed) return result;
  errno = error;
  return EOF;
}

CALL(int, -1, fsync, (int f), (f), fails_on("fsync", f))
CALL(int, -1, fdatasync, (int f), (f), fails_on("fsync", f))

CALL(int, -1, rename, (const char *a, const char *b), (a, b),
     fails_at("rename", AT_FDCWD, b))
CALL(int, -1, renameat, (int f, const char *a, int g, const char *b), (f, a, g, b),
     fails_at("rename", g, b))
CALL(int, -1, renameat2, (int f, const char *a, int g, const char *b, unsigned flags),
     (f, a, g, b, flags), fails_at("rename", g, b))

CALL(int, -1, mkdir, (const char *path, mode_t mode), (path, mode),
     fails_at("mkdir", AT_FDCWD, path))
CALL(int, -1, mkdirat, (int f, const char *path, mode_t mode), (f, path, mode),
     fails_at("mkdir", f, path))

CALL(int, -1, unlink, (const char *path), (path), fails_at("unlink", AT_FDCWD, path))
CALL(int, -1, unlinkat, (int f, const char *path, int flags), (f, path, flags),
     fails_at("unlink", f, path))
CALL(int, -1, rmdir, (const char *path), (path), fails_at("unlink", AT_FDCWD, path))
CALL(int, -1, remove, (const char *path), (path), fails_at("unlink", AT_FDCWD, path))

/* The family `open`, for reading and for writing. */
CALL(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode),
     fails_at("open", AT_FDCWD, path))
CALL(FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode),
     fails_at("open", AT_FDCWD, path))
CALL(int, -1, creat, (const char *path, mode_t mode), (path, mode),
     fails_at("open", AT_FDCWD, path))

static mode_t mode_of(int flags, va_list list) {
  return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

#define OPEN(name, parameters, folder, arguments)          \
  int name parameters {                                    \
    va_list list;                                          \
    va_start(list, flags);                                 \
    mode_t mode = mode_of(flags, list);                    \
    va_end(list);                                          \
    if (fails_at("open", folder, path)) return -1;         \
    return REAL(name) arguments;                           \
  }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, (path, flags, mode))
OPEN(openat, (int f, const char *path, int flags, ...), f, (f, path, flags, mode))
OPEN(openat64, (int f, const char *path, int flags, ...), f, (f, path, flags, mode))
