// The system calls of the launcher under the names and with the types of the C library's headers, for the executable that brings
// its own start (libc_start.c). Tests under sanitizers leave both files out and link the real library.
#include "gnu.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { SIGSET_SIZE = 8 };  // of the kernel; the library's is larger

static long raw(long number, long a, long b, long c, long d, long e, long f) {
#if defined __x86_64__
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
		: "=a"(result)
		: "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
#elif defined __aarch64__
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
#error "the launcher knows x86-64 and arm64"
#endif
}

static long result_of(long result) {
	if ((unsigned long)result < (unsigned long)-4095) return result;
	errno = (int)-result;
	return -1;
}

// CALL(type, name, number, parameters, arguments...): one system call of at most six arguments.
#define RAW(number, ...) RAW_SIX(number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define RAW_SIX(number, a, b, c, d, e, f, ...) \
	result_of(raw(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define CALL(type, name, number, parameters, ...) \
	type name parameters { \
		return (type)RAW(number, __VA_ARGS__); \
	}

// -- files
CALL(int, close, SYS_close, (int fd), fd)
CALL(ssize_t, read, SYS_read, (int fd, void *to, size_t n), fd, to, n)
CALL(ssize_t, write, SYS_write, (int fd, const void *from, size_t n), fd, from, n)
CALL(ssize_t, pread, SYS_pread64, (int fd, void *to, size_t n, off_t at), fd, to, n, at)
CALL(ssize_t, pwrite, SYS_pwrite64, (int fd, const void *from, size_t n, off_t at), fd, from, n, at)
CALL(off_t, lseek, SYS_lseek, (int fd, off_t at, int whence), fd, at, whence)
CALL(ssize_t, sendfile, SYS_sendfile, (int to, int from, off_t *at, size_t n), to, from, at, n)
CALL(ssize_t, copy_file_range, SYS_copy_file_range, (int from, off64_t *at, int to, off64_t *to_at, size_t n, unsigned flags),
	from, at, to, to_at, n, flags)
CALL(int, ftruncate, SYS_ftruncate, (int fd, off_t length), fd, length)
CALL(int, pipe2, SYS_pipe2, (int ends[2], int flags), ends, flags)
CALL(int, dup2, SYS_dup3, (int from, int to), from, to, 0)  // ops never give the same number twice
CALL(int, mkdirat, SYS_mkdirat, (int dir, const char *path, mode_t mode), dir, path, mode)
CALL(int, mknodat, SYS_mknodat, (int dir, const char *path, mode_t mode, dev_t dev), dir, path, mode, dev)
CALL(int, symlinkat, SYS_symlinkat, (const char *target, int dir, const char *path), target, dir, path)
CALL(int, linkat, SYS_linkat, (int from, const char *old, int to, const char *new, int flags), from, old, to, new, flags)
CALL(int, unlinkat, SYS_unlinkat, (int dir, const char *path, int flags), dir, path, flags)
CALL(int, renameat, SYS_renameat2, (int from, const char *old, int to, const char *new), from, old, to, new, 0)
CALL(ssize_t, readlinkat, SYS_readlinkat, (int dir, const char *restrict path, char *restrict to, size_t n), dir, path, to, n)
CALL(int, fchownat, SYS_fchownat, (int dir, const char *path, uid_t uid, gid_t gid, int flags), dir, path, uid, gid, flags)
CALL(int, fchown, SYS_fchown, (int fd, uid_t uid, gid_t gid), fd, uid, gid)
CALL(int, fchmod, SYS_fchmod, (int fd, mode_t mode), fd, mode)
CALL(int, chmod, SYS_fchmodat, (const char *path, mode_t mode), AT_FDCWD, path, mode)
CALL(int, utimensat, SYS_utimensat, (int dir, const char *path, const struct timespec times[2], int flags), dir, path, times, flags)
CALL(int, futimens, SYS_utimensat, (int fd, const struct timespec times[2]), fd, NULL, times, 0)
CALL(int, syncfs, SYS_syncfs, (int fd), fd)
CALL(int, fstat, SYS_fstat, (int fd, struct stat *to), fd, to)
CALL(int, fstatat, SYS_newfstatat, (int dir, const char *restrict path, struct stat *restrict to, int flags), dir, path, to, flags)
CALL(int, statx, SYS_statx, (int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict to),
	dir, path, flags, mask, to)
CALL(int, statfs, SYS_statfs, (const char *path, struct statfs *to), path, to)
CALL(int, fstatfs, SYS_fstatfs, (int fd, struct statfs *to), fd, to)
CALL(int, chdir, SYS_chdir, (const char *path), path)
CALL(int, fchdir, SYS_fchdir, (int fd), fd)
CALL(int, chroot, SYS_chroot, (const char *path), path)
CALL(mode_t, umask, SYS_umask, (mode_t mask), mask)
CALL(int, memfd_create, SYS_memfd_create, (const char *name, unsigned flags), name, flags)
CALL(ssize_t, flistxattr, SYS_flistxattr, (int fd, char *to, size_t n), fd, to, n)
CALL(ssize_t, fgetxattr, SYS_fgetxattr, (int fd, const char *name, void *to, size_t n), fd, name, to, n)
CALL(int, fsetxattr, SYS_fsetxattr, (int fd, const char *name, const void *value, size_t n, int flags), fd, name, value, n, flags)
CALL(ssize_t, llistxattr, SYS_llistxattr, (const char *path, char *to, size_t n), path, to, n)
CALL(ssize_t, lgetxattr, SYS_lgetxattr, (const char *path, const char *name, void *to, size_t n), path, name, to, n)
CALL(int, lsetxattr, SYS_lsetxattr, (const char *path, const char *name, const void *value, size_t n, int flags),
	path, name, value, n, flags)

// -- mounts
CALL(int, mount, SYS_mount, (const char *from, const char *to, const char *type, unsigned long flags, const void *data),
	from, to, type, flags, data)
CALL(int, umount2, SYS_umount2, (const char *path, int flags), path, flags)
CALL(int, open_tree, SYS_open_tree, (int dir, const char *path, unsigned flags), dir, path, flags)
CALL(int, move_mount, SYS_move_mount, (int from, const char *old, int to, const char *new, unsigned flags),
	from, old, to, new, flags)
CALL(int, mount_setattr, SYS_mount_setattr, (int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t n),
	dir, path, flags, attr, n)
CALL(int, fsopen, SYS_fsopen, (const char *type, unsigned flags), type, flags)
CALL(int, fsconfig, SYS_fsconfig, (int fd, unsigned cmd, const char *key, const void *value, int aux), fd, cmd, key, value, aux)
CALL(int, fsmount, SYS_fsmount, (int fd, unsigned flags, unsigned attr), fd, flags, attr)

// -- processes
CALL(pid_t, getpid, SYS_getpid, (void), 0)
CALL(pid_t, getppid, SYS_getppid, (void), 0)
CALL(uid_t, geteuid, SYS_geteuid, (void), 0)
CALL(int, kill, SYS_kill, (pid_t pid, int number), pid, number)
CALL(pid_t, setsid, SYS_setsid, (void), 0)
CALL(int, setpgid, SYS_setpgid, (pid_t pid, pid_t group), pid, group)
CALL(int, setns, SYS_setns, (int fd, int types), fd, types)
CALL(int, unshare, SYS_unshare, (int flags), flags)
CALL(int, pidfd_open, SYS_pidfd_open, (pid_t pid, unsigned flags), pid, flags)
CALL(int, pidfd_send_signal, SYS_pidfd_send_signal, (int fd, int number, siginfo_t *info, unsigned flags), fd, number, info, flags)
CALL(pid_t, waitpid, SYS_wait4, (pid_t pid, int *status, int flags), pid, status, flags, 0)
CALL(int, waitid, SYS_waitid, (idtype_t type, id_t id, siginfo_t *info, int flags), type, id, info, flags, 0)
CALL(int, execve, SYS_execve, (const char *path, char *const argv[], char *const env[]), path, argv, env)
CALL(int, execveat, SYS_execveat, (int dir, const char *path, char *const argv[], char *const env[], int flags),
	dir, path, argv, env, flags)
CALL(int, personality, SYS_personality, (unsigned long persona), persona)
CALL(int, sethostname, SYS_sethostname, (const char *name, size_t n), name, n)
CALL(int, setdomainname, SYS_setdomainname, (const char *name, size_t n), name, n)
CALL(int, signalfd, SYS_signalfd4, (int fd, const sigset_t *mask, int flags), fd, mask, SIGSET_SIZE, flags)
CALL(int, sigprocmask, SYS_rt_sigprocmask, (int how, const sigset_t *restrict mask, sigset_t *restrict old),
	how, mask, old, SIGSET_SIZE)
CALL(int, nanosleep, SYS_nanosleep, (const struct timespec *time, struct timespec *left), time, left)
CALL(int, clock_gettime, SYS_clock_gettime, (clockid_t clock, struct timespec *to), clock, to)

// -- memory and sockets
CALL(int, munmap, SYS_munmap, (void *at, size_t n), at, n)
CALL(int, mprotect, SYS_mprotect, (void *at, size_t n, int protection), at, n, protection)
CALL(int, socket, SYS_socket, (int family, int type, int protocol), family, type, protocol)
CALL(int, socketpair, SYS_socketpair, (int family, int type, int protocol, int ends[2]), family, type, protocol, ends)
CALL(int, setsockopt, SYS_setsockopt, (int fd, int level, int name, const void *value, socklen_t n), fd, level, name, value, n)
CALL(int, listen, SYS_listen, (int fd, int backlog), fd, backlog)
CALL(ssize_t, send, SYS_sendto, (int fd, const void *from, size_t n, int flags), fd, from, n, flags)
CALL(ssize_t, recv, SYS_recvfrom, (int fd, void *to, size_t n, int flags), fd, to, n, flags)
CALL(ssize_t, sendmsg, SYS_sendmsg, (int fd, const struct msghdr *message, int flags), fd, message, flags)
CALL(ssize_t, recvmsg, SYS_recvmsg, (int fd, struct msghdr *message, int flags), fd, message, flags)

// In GNU mode the headers' socket addresses are transparent unions.
int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t n) {
	return (int)RAW(SYS_bind, fd, address.__sockaddr__, n);
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t n) {
	return (int)RAW(SYS_connect, fd, address.__sockaddr__, n);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict n, int flags) {
	return (int)RAW(SYS_accept4, fd, address.__sockaddr__, n, flags);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset) {
	return (void *)result_of(raw(SYS_mmap, (long)at, (long)n, protection, flags, fd, offset));
}

int getrlimit(__rlimit_resource_t resource, struct rlimit *to) {
	return (int)RAW(SYS_prlimit64, 0, resource, NULL, to);
}

int poll(struct pollfd *fds, nfds_t count, int milliseconds) {
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
	return (int)RAW(SYS_ppoll, fds, count, milliseconds < 0 ? NULL : &time, NULL, SIGSET_SIZE);
}

// The library's own flags and restorer are not needed: nothing here has a handler.
__sighandler_t signal(int number, __sighandler_t handler) {
	const struct {
		__sighandler_t handler;
		uint64_t rest[3];
	} action = {handler, {0}};
	return RAW(SYS_rt_sigaction, number, &action, NULL, SIGSET_SIZE) < 0 ? SIG_ERR : SIG_DFL;
}

_Noreturn void _exit(int status) {
	for (;;) raw(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

// -- those with a variable number of arguments
#define LAST(type) \
	va_list list; \
	va_start(list, last); \
	type value = va_arg(list, type); \
	va_end(list)

int open(const char *path, int last, ...) {
	LAST(mode_t);
	return (int)RAW(SYS_openat, AT_FDCWD, path, last, value);
}

int openat(int dir, const char *path, int last, ...) {
	LAST(mode_t);
	return (int)RAW(SYS_openat, dir, path, last, value);
}

int fcntl(int fd, int last, ...) {
	LAST(long);
	return (int)RAW(SYS_fcntl, fd, last, value);
}

int ioctl(int fd, unsigned long last, ...) {
	LAST(long);
	return (int)RAW(SYS_ioctl, fd, last, value);
}

static void take(va_list list, long *to, int count) {
	for (int i = 0; i < count; i++) to[i] = va_arg(list, long);
}

int prctl(int option, ...) {
	long args[4];
	va_list list;
	va_start(list, option);
	take(list, args, 4);
	va_end(list);
	return (int)RAW(SYS_prctl, option, args[0], args[1], args[2], args[3]);
}

long syscall(long number, ...) {
	long args[6];
	va_list list;
	va_start(list, number);
	take(list, args, 6);
	va_end(list);
	return result_of(raw(number, args[0], args[1], args[2], args[3], args[4], args[5]));
}
