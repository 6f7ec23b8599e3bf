// How x32 differs from x86-64 (arch/x86/entry/syscalls/syscall_64.tbl, abi x32). Its other calls have the same numbers.
// All have bit 30 set on the wire (__X32_SYSCALL_BIT); the numbers here are without it.
// Names in the order of their numbers; `@n` sets the number of the next name. Parsed by numbers.ts when first asked for.
export const X32_OWN_SYSCALLS = `
@512 rt_sigaction rt_sigreturn ioctl readv writev recvfrom sendmsg recvmsg execve ptrace rt_sigpending rt_sigtimedwait rt_sigqueueinfo
sigaltstack timer_create mq_notify kexec_load waitid set_robust_list get_robust_list vmsplice move_pages preadv pwritev
rt_tgsigqueueinfo recvmmsg sendmmsg process_vm_readv process_vm_writev setsockopt getsockopt io_setup io_submit execveat preadv2
pwritev2
`;

/** Calls of x86-64 that x32 never had. */
export const X32_MISSING_SYSCALLS =
  "_sysctl create_module epoll_ctl_old epoll_wait_old get_kernel_syms get_thread_area nfsservctl query_module set_thread_area uselib vserver";
