// Descriptors that the monitor keeps and has no use for: namespaces of the user's networks, and sockets that have the container's ports.
#include "gnu.h"
#include "machine.h"
#include "wiring.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int hold_fd(struct machine *machine, int fd) {
	if (machine->held_count == HELD_MAX) return -EMFILE;
	machine->held[machine->held_count++] = fd;
	return 0;
}

static int option_of(int fd, int option) {
	int value = -1;
	socklen_t size = sizeof value;
	return syscall(SYS_getsockopt, fd, SOL_SOCKET, option, &value, &size) < 0 ? -1 : value;
}

static bool has_port(int fd, const struct wiring_port *port) {
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name;
	socklen_t size = sizeof name;
	if (option_of(fd, SO_DOMAIN) != port->family || option_of(fd, SO_PROTOCOL) != port->protocol) return false;
	if (syscall(SYS_getsockname, fd, &name, &size) < 0) return false;
	if (port->family == AF_INET)
		return name.v4.sin_port == port->port && memcmp(&name.v4.sin_addr, port->address, sizeof name.v4.sin_addr) == 0;
	return name.v6.sin6_port == port->port && memcmp(&name.v6.sin6_addr, port->address, sizeof name.v6.sin6_addr) == 0;
}

void release_port(struct machine *machine, const struct wiring_port *port) {
	for (size_t i = 0; i < machine->held_count; i++) {
		if (!has_port(machine->held[i], port)) continue;
		close(machine->held[i]);
		machine->held[i] = machine->held[--machine->held_count];
		return;
	}
}

void release_held(struct machine *machine) {
	while (machine->held_count) close(machine->held[--machine->held_count]);
}
