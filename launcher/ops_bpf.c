// The device rules of a v2 cgroup: a BPF program that the kernel asks at each open and mknod of a device (cgroup-v2, "Device controller").
#include "gnu.h"

#include "machine.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ATTACHED_MAX = 64 };  // BPF_CGROUP_MAX_PROGS

static int bpf(int command, union bpf_attr *attr) {
	return outcome(syscall(SYS_bpf, command, attr, sizeof *attr));
}

static int load(struct range program) {
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)program.at;
	attr.insn_cnt = program.length / sizeof(struct bpf_insn);
	attr.license = (uintptr_t) "Apache-2.0";
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);  // close-on-exec by itself
	return fd < 0 ? -errno : (int)fd;
}

// The ids of the programs attached to the very cgroup; their number, or -errno.
static int attached(int cgroup, uint32_t ids[ATTACHED_MAX]) {
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = ATTACHED_MAX;
	int result = bpf(BPF_PROG_QUERY, &attr);
	return result < 0 ? result : (int)attr.query.prog_cnt;
}

static int attach(int command, int cgroup, int program) {
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	if (command == BPF_PROG_ATTACH) attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(command, &attr);
}

static int detach_id(int cgroup, uint32_t id) {
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.prog_id = id;
	long program = syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
	if (program < 0) return -errno;
	int result = attach(BPF_PROG_DETACH, cgroup, (int)program);
	close((int)program);
	return result;
}

// All attached programs must allow an access: with the new one in place before the old ones go, no moment is without rules, and
// when it cannot be attached the old rules stay.
int op_device_program(struct machine *machine, const struct op *op) {
	uint32_t ids[ATTACHED_MAX];
	int cgroup = fd_in(machine, op, A_DEVICE_PROGRAM_CGROUP), count = 0;
	struct range instructions = plan_range(&machine->plan, op, A_DEVICE_PROGRAM_PROGRAM);
	if (instructions.length % sizeof(struct bpf_insn)) return -EINVAL;
	if (op->args[A_DEVICE_PROGRAM_REPLACE]) count = attached(cgroup, ids);
	if (count < 0) return count;
	int program = load(instructions);
	if (program < 0) return program;
	int result = attach(BPF_PROG_ATTACH, cgroup, program);
	for (int i = 0; result == 0 && i < count; i++) result = detach_id(cgroup, ids[i]);
	close(program);
	return result;
}
