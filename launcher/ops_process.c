// Ops on the process that is going to be the container: identity, capabilities, limits, filters.
#include "gnu.h"
#include "machine.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITIES = 64, WHO_PROCESS = 1, MASK_MAX = 8192 };

int op_hostname(struct machine *machine, const struct op *op) {
	const char *name = text_in(machine, op, A_HOSTNAME_NAME);
	return outcome(sethostname(name, strlen(name)));
}

int op_domainname(struct machine *machine, const struct op *op) {
	const char *name = text_in(machine, op, A_DOMAINNAME_NAME);
	return outcome(setdomainname(name, strlen(name)));
}

int op_prctl(struct machine *machine, const struct op *op) {
	(void)machine;
	return outcome(prctl((int)op->args[A_PRCTL_OPTION], (unsigned long)op->args[A_PRCTL_A], (unsigned long)op->args[A_PRCTL_B],
		(unsigned long)op->args[A_PRCTL_C], (unsigned long)op->args[A_PRCTL_D]));
}

// The raw system calls: there is one thread, and glibc's wrappers would signal all.
int op_setgroups(struct machine *machine, const struct op *op) {
	struct range gids = plan_range(&machine->plan, op, A_SETGROUPS_GIDS);
	if (gids.length % sizeof(gid_t)) return -EINVAL;
	return outcome(syscall(SYS_setgroups, gids.length / sizeof(gid_t), gids.at));
}

int op_setgid(struct machine *machine, const struct op *op) {
	(void)machine;
	gid_t gid = (gid_t)op->args[A_SETGID_GID];
	return outcome(syscall(SYS_setresgid, gid, gid, gid));
}

int op_setuid(struct machine *machine, const struct op *op) {
	(void)machine;
	uid_t uid = (uid_t)op->args[A_SETUID_UID];
	return outcome(syscall(SYS_setresuid, uid, uid, uid));
}

int op_cap_bound(struct machine *machine, const struct op *op) {
	(void)machine;
	uint64_t keep = (uint64_t)op->args[A_CAP_BOUND_KEEP];
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++) {
		int held = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (held < 0) break;  // beyond cap_last_cap
		if (held && !(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) return -errno;
	}
	return 0;
}

int op_cap_set(struct machine *machine, const struct op *op) {
	(void)machine;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)((uint64_t)op->args[A_CAP_SET_EFFECTIVE] >> 32 * i);
		data[i].permitted = (uint32_t)((uint64_t)op->args[A_CAP_SET_PERMITTED] >> 32 * i);
		data[i].inheritable = (uint32_t)((uint64_t)op->args[A_CAP_SET_INHERITABLE] >> 32 * i);
	}
	return outcome(syscall(SYS_capset, &header, data));
}

int op_cap_ambient(struct machine *machine, const struct op *op) {
	(void)machine;
	uint64_t raise = (uint64_t)op->args[A_CAP_AMBIENT_RAISE];
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -errno;
	for (unsigned long cap = 0; cap < CAPABILITIES; cap++)
		if ((raise >> cap & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) return -errno;
	return 0;
}

int op_rlimit(struct machine *machine, const struct op *op) {
	pid_t pid = op->args[A_RLIMIT_PID] < 0 ? 0 : (pid_t)value_in(machine, op, A_RLIMIT_PID);
	struct rlimit64 limit = {(rlim64_t)op->args[A_RLIMIT_SOFT], (rlim64_t)op->args[A_RLIMIT_HARD]};
	return outcome(syscall(SYS_prlimit64, pid, op->args[A_RLIMIT_RESOURCE], &limit, NULL));
}

int op_umask(struct machine *machine, const struct op *op) {
	machine->umask = (mode_t)op->args[A_UMASK_MASK] & 0777;  // takes effect at exec: until then modes are exact
	return 0;
}

int op_personality(struct machine *machine, const struct op *op) {
	(void)machine;
	return outcome(personality((unsigned long)op->args[A_PERSONALITY_PERSONA]));
}

int op_sched_attr(struct machine *machine, const struct op *op) {
	struct range attr = plan_range(&machine->plan, op, A_SCHED_ATTR_ATTR);
	// The first word of struct sched_attr is its size, which the kernel takes for the length of the memory.
	uint32_t size;
	if (attr.length < sizeof size) return -EINVAL;
	memcpy(&size, attr.at, sizeof size);
	if (size != attr.length) return -EINVAL;
	return outcome(syscall(SYS_sched_setattr, 0, attr.at, 0));
}

int op_ioprio(struct machine *machine, const struct op *op) {
	(void)machine;
	return outcome(syscall(SYS_ioprio_set, WHO_PROCESS, 0, (int)op->args[A_IOPRIO_VALUE]));
}

// A bit mask in whole longs, as the kernel wants it; its length in bytes, or -EINVAL.
static long whole_mask(const struct machine *machine, const struct op *op, int arg, unsigned long mask[MASK_MAX / sizeof(long)]) {
	struct range bits = plan_range(&machine->plan, op, arg);
	if (bits.length > MASK_MAX) return -EINVAL;
	memset(mask, 0, MASK_MAX);
	memcpy(mask, bits.at, bits.length);
	return (long)((bits.length + sizeof(long) - 1) / sizeof(long) * sizeof(long));
}

int op_affinity(struct machine *machine, const struct op *op) {
	unsigned long mask[MASK_MAX / sizeof(long)];
	long length = whole_mask(machine, op, A_AFFINITY_MASK, mask);
	return length < 0 ? (int)length : outcome(syscall(SYS_sched_setaffinity, 0, length, mask));
}

int op_mempolicy(struct machine *machine, const struct op *op) {
	unsigned long mask[MASK_MAX / sizeof(long)];
	long length = whole_mask(machine, op, A_MEMPOLICY_NODES, mask);
	if (length < 0) return (int)length;
	// The kernel counts bits and leaves the last one out (set_mempolicy(2), BUGS).
	return outcome(syscall(SYS_set_mempolicy, (int)op->args[A_MEMPOLICY_MODE], length ? mask : NULL, length ? length * 8 + 1 : 0));
}

// The fourth field of "type;uid;gid;perm;description", in hexadecimal (KEYCTL_DESCRIBE, keyctl(2)).
static uint32_t key_permissions(const char *text) {
	uint32_t value = 0;
	int field = 0;
	for (; *text && field < 4; text++) {
		if (*text == ';') field++;
		else if (field == 3) value = value << 4 | (uint32_t)(*text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10);
	}
	return value;
}

int op_keyring(struct machine *machine, const struct op *op) {
	enum { USER_SEARCH = 0x00080000 };
	char description[512] = {0};
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, text_in(machine, op, A_KEYRING_NAME));
	if (ring < 0) return -errno;
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, ring, description, sizeof description - 1) < 0) return -errno;
	return outcome(syscall(SYS_keyctl, KEYCTL_SETPERM, ring, key_permissions(description) | USER_SEARCH));
}

int op_seccomp(struct machine *machine, const struct op *op) {
	struct range program = plan_range(&machine->plan, op, A_SECCOMP_PROGRAM);
	size_t count = program.length / sizeof(struct sock_filter);
	if (program.length % sizeof(struct sock_filter) || count > BPF_MAXINSNS) return -EINVAL;
	// The kernel copies the filter: its place in the blob need not be aligned.
	struct sock_fprog filter = {(unsigned short)count, (struct sock_filter *)(void *)program.at};
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)op->args[A_SECCOMP_FLAGS], &filter);
	if (fd < 0) return -errno;
	if (op->args[A_SECCOMP_FLAGS] & SECCOMP_FILTER_FLAG_NEW_LISTENER) set_out(machine, op, A_SECCOMP_LISTENER, fd);
	return 0;
}
