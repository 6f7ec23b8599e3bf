// hello: the only program of the embedded image. It prints what isolates it from the host, as it sees it from inside; /proc is all
// that it needs. `hello -v` lists the mounts too.
//
// One translation unit with the launcher's own start, so that `cc -static hello.c` makes a program of some 30 KB.
#include "libc_start.c"

#include "libc_calls.c"

#include <stdbool.h>
#include <sys/utsname.h>

enum { TEXT_MAX = 65536, LABEL_WIDTH = 16, LINE_WIDTH = 96 };

static char out[4096];
static size_t out_length, column;
static bool colour;
static int sink = 1;

static void flush_out(void) {
	size_t done = 0;
	while (done < out_length) {
		ssize_t written = write(sink, out + done, out_length - done);
		if (written <= 0) break;
		done += (size_t)written;
	}
	out_length = 0;
}

static void put(const char *text, size_t length) {
	for (size_t i = 0; i < length; i++) {
		if (out_length == sizeof out) flush_out();
		out[out_length++] = text[i];
		column = text[i] == '\n' ? 0 : column + 1;
	}
}

static void say(const char *text) {
	put(text, strlen(text));
}

static void say_number(uint64_t value) {
	char digits[20];
	size_t at = sizeof digits;
	do digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(digits + at, sizeof digits - at);
}

static void style(const char *code) {
	size_t before = column;
	if (colour) say(code);
	column = before;
}

static void label(const char *name) {
	say("  ");
	style("\033[2m");
	say(name);
	style("\033[0m");
	while (column < LABEL_WIDTH) say(" ");
}

// An item of a list, on the next line when this one is full.
static void item(const char *word) {
	if (column > LABEL_WIDTH) say(",");
	if (column + strlen(word) + 2 > LINE_WIDTH) {
		say("\n");
		while (column < LABEL_WIDTH) say(" ");
	} else if (column > LABEL_WIDTH) {
		say(" ");
	}
	say(word);
}

// A file's text, NUL-terminated, without trailing newlines; null when it cannot be read.
static char *slurp(const char *path, char *text, size_t size) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	size_t length = 0;
	if (fd < 0) return NULL;
	while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0) length += (size_t)got;
	close(fd);
	while (length && text[length - 1] == '\n') length--;
	text[length] = 0;
	return text;
}

static uint64_t number(const char *text, unsigned base) {
	uint64_t value = 0;
	for (; text; text++) {
		unsigned digit = base;
		if (*text >= '0' && *text <= '9') digit = (unsigned)(*text - '0');
		else if (*text >= 'a' && *text <= 'f') digit = (unsigned)(*text - 'a' + 10);
		if (digit >= base) return value;
		value = value * base + digit;
	}
	return 0;
}

// What follows `name` and white space at the start of a line; null when there is no such line.
static const char *field(const char *text, const char *name) {
	size_t length = strlen(name);
	for (; text; text = strchr(text, '\n')) {
		if (*text == '\n') text++;
		if (strlen(text) < length) break;
		if (memcmp(text, name, length) == 0) return text + length + strspn(text + length, " \t");
	}
	return NULL;
}

static void say_line(const char *text) {
	put(text, strcspn(text, "\n"));
}

static void say_bytes(uint64_t bytes) {
	static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB"};
	size_t unit = 0;
	while (unit < 4 && bytes >= 1024 && bytes % 1024 == 0) bytes /= 1024, unit++;
	while (unit < 4 && bytes >= 10240) bytes /= 1024, unit++;
	say_number(bytes);
	say(units[unit]);
}

static void identity(const char *status) {
	label("process");
	say("pid ");
	say_number((uint64_t)getpid());
	say(", parent ");
	say_number(number(field(status, "PPid:"), 10));
	say("\n");
	label("user");
	say("uid ");
	say_number(number(field(status, "Uid:"), 10));
	say(", gid ");
	say_number(number(field(status, "Gid:"), 10));
	const char *groups = field(status, "Groups:");
	if (groups && *groups && *groups != '\n') {
		say(", groups ");
		say_line(groups);
	}
	say("\n");
}

// "0 is 100000 outside, and 65535 more": one line of /proc/self/uid_map (user_namespaces(7)).
static void id_map(const char *name, const char *path) {
	char text[4096];
	const char *at = slurp(path, text, sizeof text);
	label(name);
	if (!at || !*at) say("none");
	while (at && *at) {
		uint64_t part[3];
		for (int i = 0; i < 3; i++) {
			at += strspn(at, " \n");
			part[i] = number(at, 10);
			at += strcspn(at, " \n");
		}
		if (part[0] == 0 && part[1] == 0 && part[2] == 4294967295u) {
			say("the host's");
			break;
		}
		if (column > LABEL_WIDTH) say(", ");
		say_number(part[0]);
		say(" is ");
		say_number(part[1]);
		say(" outside (");
		say_number(part[2]);
		say(part[2] == 1 ? " id)" : " ids)");
	}
	say("\n");
}

// The inode numbers of the host's first namespaces are fixed (PROC_*_INIT_INO in include/linux/proc_ns.h); those of mnt and net are not,
// before Linux 6.18.
static const struct {
	const char *name, *path;
	uint32_t host;
} NAMESPACES[] = {
	{"mnt", "/proc/self/ns/mnt", 0xeffffff8},
	{"pid", "/proc/self/ns/pid", 0xeffffffc},
	{"net", "/proc/self/ns/net", 0xeffffff9},
	{"ipc", "/proc/self/ns/ipc", 0xefffffff},
	{"uts", "/proc/self/ns/uts", 0xeffffffe},
	{"user", "/proc/self/ns/user", 0xeffffffd},
	{"cgroup", "/proc/self/ns/cgroup", 0xeffffffb},
	{"time", "/proc/self/ns/time", 0xeffffffa},
};

static void namespaces(void) {
	struct stat file;
	label("namespaces");
	for (size_t i = 0; i < sizeof NAMESPACES / sizeof *NAMESPACES; i++) {
		char entry[64], *end = entry;
		if (fstatat(AT_FDCWD, NAMESPACES[i].path, &file, 0) < 0) continue;
		end = strcpy(end, NAMESPACES[i].name) + strlen(NAMESPACES[i].name);
		*end++ = ' ';
		if (file.st_ino == NAMESPACES[i].host) {
			strcpy(end, "(host's)");
		} else {
			char digits[20];
			size_t at = sizeof digits;
			for (uint64_t rest = file.st_ino; rest; rest /= 10) digits[--at] = (char)('0' + rest % 10);
			memcpy(end, digits + at, sizeof digits - at);
			end[sizeof digits - at] = 0;
		}
		item(entry);
	}
	say("\n");
}

// The path of this process's cgroup in the v2 tree ("0::/x") or in the v1 hierarchy of a controller ("4:memory:/x").
static bool cgroup_path(const char *text, const char *controller, char *path, size_t size) {
	for (; text && *text; text = strchr(text, '\n'), text += text != NULL) {
		const char *names = strchr(text, ':') + 1, *at = strchr(names, ':');
		size_t width = (size_t)(at - names), length = strcspn(at + 1, "\n");
		if (width != strlen(controller) || memcmp(names, controller, width) != 0 || length >= size) continue;
		memcpy(path, at + 1, length);
		path[length] = 0;
		return true;
	}
	return false;
}

// Reads a limit of this cgroup: in a cgroup namespace the mount begins at it, elsewhere the path leads there.
static char *read_limit(const char *mountpoint, const char *path, const char *file, char *text, size_t size) {
	char whole[2048];
	if (strlen(mountpoint) + strlen(path) + strlen(file) + 3 > sizeof whole) return NULL;
	for (int with_path = 1; with_path >= 0; with_path--) {
		char *end = strcpy(whole, mountpoint) + strlen(mountpoint);
		if (with_path) end = strcpy(end, path) + strlen(path);
		*end++ = '/';
		strcpy(end, file);
		if (slurp(whole, text, size)) return text;
	}
	return NULL;
}

static const char *limit(const char *cgroups, const char *controller, const char *v1, const char *v2, char *text, size_t size) {
	char path[1024], mountpoint[64];
	if (cgroup_path(cgroups, "", path, sizeof path) && read_limit("/sys/fs/cgroup", path, v2, text, size)) return text;
	if (!cgroup_path(cgroups, controller, path, sizeof path)) return NULL;
	strcpy(mountpoint, "/sys/fs/cgroup/");
	strcpy(mountpoint + strlen(mountpoint), controller);
	return read_limit(mountpoint, path, v1, text, size);
}

static void say_limit(const char *name, const char *text, bool bytes) {
	if (column > LABEL_WIDTH) say(", ");
	say(name);
	say(" ");
	// v1 says "no limit" with the largest multiple of a page.
	if (!text) say("not visible");
	else if (*text < '0' || *text > '9' || number(text, 10) >= 1ull << 62) say("unlimited");
	else if (bytes) say_bytes(number(text, 10));
	else say_number(number(text, 10));
}

static void say_cpu(const char *cgroups) {
	char text[64], period[64];
	const char *v2 = limit(cgroups, "cpu", "cpu.cfs_quota_us", "cpu.max", text, sizeof text);
	say(", cpu ");
	if (!v2) return say("not visible");
	const char *space = strchr(v2, ' ');
	const char *of = space ? space + 1 : limit(cgroups, "cpu", "cpu.cfs_period_us", "cpu.max", period, sizeof period);
	if (*v2 < '0' || *v2 > '9' || !of || !number(of, 10)) return say("unlimited");
	uint64_t hundredths = number(v2, 10) * 100 / number(of, 10);
	say_number(hundredths / 100);
	say(".");
	say_number(hundredths / 10 % 10);
	say_number(hundredths % 10);
}

static void cgroup(void) {
	static char text[8192];
	char path[1024], memory[64], pids[64];
	const char *cgroups = slurp("/proc/self/cgroup", text, sizeof text);
	if (!cgroups || !*cgroups) return;
	label("cgroup");
	if (cgroup_path(cgroups, "memory", path, sizeof path)) say(path), say(" (v1)\n");
	else if (cgroup_path(cgroups, "", path, sizeof path)) say(path), say(" (v2)\n");
	else say("none\n");
	label("limits");
	say_limit("memory", limit(cgroups, "memory", "memory.limit_in_bytes", "memory.max", memory, sizeof memory), true);
	say_limit("pids", limit(cgroups, "pids", "pids.max", "pids.max", pids, sizeof pids), false);
	say_cpu(cgroups);
	say("\n");
}

// capabilities(7), by number
static const char *const CAPABILITIES[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
	"sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
	"audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
	"perfmon", "bpf", "checkpoint_restore",
};

static void privileges(const char *status) {
	static const char *const modes[] = {"off", "strict", "filter"};
	enum { KNOWN = sizeof CAPABILITIES / sizeof *CAPABILITIES };
	uint64_t held = number(field(status, "CapEff:"), 16), mode = number(field(status, "Seccomp:"), 10);
	label("capabilities");
	if (!held) item("none");
	else if ((held & ((1ull << KNOWN) - 1)) == (1ull << KNOWN) - 1) item("all");
	else
		for (size_t i = 0; i < KNOWN; i++)
			if (held >> i & 1) item(CAPABILITIES[i]);
	say("\n");
	label("seccomp");
	say(mode < 3 ? modes[mode] : "unknown");
	say(number(field(status, "NoNewPrivs:"), 10) ? ", no new privileges\n" : ", new privileges allowed\n");
}

static void mounts(bool list) {
	static char text[TEXT_MAX];
	struct statfs fs;
	uint64_t count = 0;
	label("root");
	if (statfs("/", &fs) == 0) say(fs.f_flags & MS_RDONLY ? "read-only\n" : "writable\n");
	else say("unknown\n");
	if (!slurp("/proc/self/mounts", text, sizeof text)) return;
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') count++;
	label("mounts");
	say_number(count);
	say(list ? "\n" : count == 1 ? "\n" : " (hello -v lists them)\n");
	// "device point type options 0 0" (fstab(5))
	for (const char *at = text; list && *at; at += strcspn(at, "\n"), at += *at == '\n') {
		const char *point = at + strcspn(at, " ") + 1, *type = point + strcspn(point, " ") + 1, *options = type + strcspn(type, " ") + 1;
		say("    ");
		put(point, strcspn(point, " "));
		say(" ");
		while (column < 30) say(" ");
		put(type, strcspn(type, " "));
		say(" ");
		while (column < 42) say(" ");
		put(options, strcspn(options, " "));
		say("\n");
	}
}

static int usage(const char *word) {
	sink = 2;
	say("hello: unknown argument ");
	say(word);
	say("; usage: hello [-v]\n");
	flush_out();
	return 2;
}

int main(int argc, char **argv, char **env) {
	static char status[8192];
	struct utsname host;
	struct winsize size;
	(void)env;
	bool verbose = argc == 2 && strcmp(argv[1], "-v") == 0;
	if (argc > 1 && !verbose) return usage(argv[strcmp(argv[1], "-v") == 0 ? 2 : 1]);
	colour = ioctl(1, TIOCGWINSZ, &size) == 0;
	style("\033[1m");
	say("Hello from a container made by teu.");
	style("\033[0m");
	say("\n\nWhat this process sees of the world:\n\n");
	if (!slurp("/proc/self/status", status, sizeof status)) {
		say("  nothing: /proc is not mounted\n");
		flush_out();
		return 1;
	}
	identity(status);
	id_map("uids", "/proc/self/uid_map");
	id_map("gids", "/proc/self/gid_map");
	label("host name");
	say(syscall(SYS_uname, &host) == 0 ? host.nodename : "unknown");
	say("\n");
	namespaces();
	cgroup();
	privileges(status);
	mounts(verbose);
	say("\nTry a whole system next: teu run -it --rootfs DIR sh\n");
	flush_out();
	return 0;
}
