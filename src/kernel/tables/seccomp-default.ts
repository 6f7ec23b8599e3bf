// The default seccomp profile: what the engines of the field agree that a container may call, as groups that say what
// they are for. Whatever stands in no group is refused with EPERM, and with ENOSYS when it is newer than the profile.
// Left out on purpose, for all: keyctl, add_key, request_key (keyrings know no namespaces), io_uring_* (its requests pass
// no filter), userfaultfd (helps races in the kernel), kexec_*, swapon, nfsservctl and other calls on the whole machine.
import type { SyscallArgument } from "../../spec/runtime/config.ts";

/** Calls with one outcome, and when the group belongs to the profile. */
export interface DefaultSeccompGroup {
  readonly about: string;
  /** Names, separated by blanks. */
  readonly names: string;
  /** Only with this capability in the bounding set … */
  readonly with?: string;
  /** … or only without it. */
  readonly without?: string;
  readonly arch?: "x86_64" | "aarch64";
  /** Only on this kernel or a newer one. */
  readonly since?: { readonly major: number; readonly minor: number };
  /** Refused with this errno; allowed when absent. */
  readonly errno?: number;
  /** Each is enough by itself. */
  readonly anyOf?: readonly SyscallArgument[];
}

const ENOSYS = 38;
const AF_ALG = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: clone(2). NEWTIME is not a flag of clone. */
const CLONE_NEW_NAMESPACES = 0x7e020000;

const equals = (index: number, value: number): SyscallArgument => ({ index, value, op: "SCMP_CMP_EQ" });

export const DEFAULT_SECCOMP_GROUPS: readonly DefaultSeccompGroup[] = [
  {
    about: "files by name",
    names: `access chdir chmod chown chown32 creat faccessat faccessat2 fchmodat fchmodat2 fchownat fstatat64 futimesat getcwd
      lchown lchown32 link linkat lstat lstat64 mkdir mkdirat mknod mknodat newfstatat open openat openat2 readlink readlinkat
      rename renameat renameat2 rmdir stat stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 umask unlink
      unlinkat utime utimensat utimensat_time64 utimes`,
  },
  {
    about: "files by descriptor",
    names: `_llseek close close_range copy_file_range dup dup2 dup3 fadvise64 fadvise64_64 fallocate fchdir fchmod fchown
      fchown32 fcntl fcntl64 fdatasync flock fstat fstat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 getdents getdents64
      ioctl lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64 splice sync
      sync_file_range syncfs tee vmsplice write writev`,
  },
  {
    about: "extended attributes",
    names: `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
      lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  },
  // A handle can be made by anyone; opening one walks past the container's root, and needs CAP_DAC_READ_SEARCH below.
  { about: "file handles, and reading the mount table", names: "listmount name_to_handle_at statmount" },
  { about: "waiting for files", names: "fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch" },
  {
    about: "waiting for descriptors",
    names: `_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old
      eventfd eventfd2 pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4`,
  },
  {
    about: "asynchronous I/O, the old kind",
    names: "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit",
  },
  {
    about: "memory",
    names: `brk cachestat madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
      mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages`,
  },
  {
    about: "processes and threads",
    names: `execve execveat exit exit_group fork get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid getsid
      gettid pause pidfd_open prctl restart_syscall rseq set_robust_list set_thread_area set_tid_address setpgid setsid vfork
      wait4 waitid waitpid`,
  },
  { about: "locks between threads", names: "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake" },
  {
    about: "signals",
    names: `kill pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
      rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn tgkill tkill`,
  },
  {
    about: "users, groups and capabilities, within what the process holds",
    names: `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
      getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
      setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  },
  {
    about: "scheduling and limits",
    names: `getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max sched_get_priority_min
      sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
      sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority setrlimit times ugetrlimit`,
  },
  {
    // adjtimex and clock_adjtime also read; setting with them needs CAP_SYS_TIME, which the kernel checks.
    about: "clocks and timers",
    names: `adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
      clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
      timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
      timerfd_gettime64 timerfd_settime timerfd_settime64`,
  },
  { about: "what machine this is", names: "getrandom sysinfo uname" },
  {
    // socketcall's arguments lie in memory, so through it 32-bit x86 reaches the families refused below.
    about: "sockets, all but socket itself",
    names: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
      send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  },
  {
    // AF_VSOCK talks to the hypervisor and knows no namespaces; AF_ALG is the kernel's cipher interface, large and little used.
    about: "sockets of any family but AF_VSOCK and AF_ALG",
    names: "socket",
    anyOf: [{ index: 0, value: AF_ALG, op: "SCMP_CMP_LT" }, equals(0, AF_ALG + 1), { index: 0, value: AF_VSOCK, op: "SCMP_CMP_GT" }],
  },
  {
    about: "System V IPC, which has a namespace",
    names: "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget",
  },
  {
    about: "POSIX message queues",
    names: "mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink",
  },
  { about: "restricting oneself further", names: "landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp" },
  // Made by the kernel's own trampoline when a traced function returns (Linux 6.11); refusing it kills the traced program.
  { about: "uprobes of the host", names: "uretprobe" },
  // Before 4.8 a tracer could change a call after the filter had seen it.
  { about: "tracing one's own processes", names: "process_vm_readv process_vm_writev ptrace", since: { major: 4, minor: 8 } },
  {
    // PER_LINUX, PER_LINUX32, either with UNAME26, and the query. Others turn off address randomisation or map page zero.
    about: "personalities that weaken nothing",
    names: "personality",
    anyOf: [equals(0, 0), equals(0, 0x0008), equals(0, 0x20000), equals(0, 0x20008), equals(0, 0xffffffff)],
  },
  // modify_ldt is for 16-bit code under Wine; arch_prctl sets the thread pointer.
  { about: "x86's own", names: "arch_prctl modify_ldt", arch: "x86_64" },
  {
    about: "32-bit ARM's own",
    names: "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
    arch: "aarch64",
  },
  {
    about: "processes in the same namespaces",
    names: "clone",
    without: "CAP_SYS_ADMIN",
    anyOf: [{ index: 0, value: CLONE_NEW_NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
  },
  // Its flags lie in memory. ENOSYS makes a C library fall back to clone, whose flags can be seen.
  { about: "clone3 cannot be judged", names: "clone3", without: "CAP_SYS_ADMIN", errno: ENOSYS },
  {
    about: "namespaces, mounts and other administration",
    names: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
      lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname
      setns syslog umount umount2 unshare`,
    with: "CAP_SYS_ADMIN",
  },
  { about: "opening files by handle, past the container's root", names: "open_by_handle_at", with: "CAP_DAC_READ_SEARCH" },
  { about: "restarting the machine, or the pid namespace's init", names: "reboot", with: "CAP_SYS_BOOT" },
  { about: "changing the root directory", names: "chroot", with: "CAP_SYS_CHROOT" },
  { about: "kernel modules", names: "delete_module finit_module init_module", with: "CAP_SYS_MODULE" },
  { about: "process accounting", names: "acct", with: "CAP_SYS_PACCT" },
  {
    about: "looking into other users' processes",
    names: "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace",
    with: "CAP_SYS_PTRACE",
  },
  { about: "I/O ports", names: "ioperm iopl", with: "CAP_SYS_RAWIO" },
  { about: "setting the clock, which has no namespace", names: "clock_settime clock_settime64 settimeofday stime", with: "CAP_SYS_TIME" },
  { about: "hanging up the terminal", names: "vhangup", with: "CAP_SYS_TTY_CONFIG" },
  { about: "placing memory on nodes", names: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node", with: "CAP_SYS_NICE" },
  { about: "the kernel's log", names: "syslog", with: "CAP_SYSLOG" },
  { about: "BPF programs", names: "bpf", with: "CAP_BPF" },
  { about: "performance counters", names: "perf_event_open", with: "CAP_PERFMON" },
];
