// Ops forwardPort and forward: published ports without root. Ports are taken in the host's network namespace; the process then enters that of
// the containers, where it may send with any address: so containers see who their peer is, and the host's firewall has decided before.
#include "gnu.h"
#include "forward.h"
#include "machine.h"
#include "monitor.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BACKLOG = 512, EVENTS = 64, IDLE_MS = 5000, PAUSE_MS = 100 };

static struct forwarder forwarder;
static int64_t resume_at;  // ms

socklen_t endpoint_size(const union endpoint *endpoint) {
	return endpoint->any.sa_family == AF_INET ? sizeof endpoint->v4 : sizeof endpoint->v6;
}

static int endpoint_of(union endpoint *endpoint, struct range address, int64_t port) {
	if (port < 1 || port > UINT16_MAX) return -EINVAL;
	memset(endpoint, 0, sizeof *endpoint);
	if (address.length == sizeof endpoint->v4.sin_addr) {
		endpoint->v4.sin_family = AF_INET;
		endpoint->v4.sin_port = htons((uint16_t)port);
		memcpy(&endpoint->v4.sin_addr, address.at, address.length);
		return 0;
	}
	if (address.length != sizeof endpoint->v6.sin6_addr) return -EINVAL;
	endpoint->v6.sin6_family = AF_INET6;
	endpoint->v6.sin6_port = htons((uint16_t)port);
	memcpy(&endpoint->v6.sin6_addr, address.at, address.length);
	return 0;
}

// Without SO_REUSEADDR nothing could be bound for a minute after connections have ended; who listens is in the way all the same.
static int take_port(int fd, const union endpoint *local, int protocol) {
	const int on = 1;
	bool v6 = local->any.sa_family == AF_INET6, tcp = protocol == IPPROTO_TCP;
	if (tcp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return -errno;
	if (v6 && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof on) < 0) return -errno;
	// The address that a datagram came to is the one that its answer comes from.
	if (!tcp && setsockopt(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &on, sizeof on) < 0) return -errno;
	if (bind(fd, &local->any, endpoint_size(local)) < 0) return -errno;
	return tcp ? outcome(listen(fd, BACKLOG)) : 0;
}

int op_forward_port(struct machine *machine, const struct op *op) {
	union endpoint local;
	struct port *port = forwarder.ports + forwarder.port_count;
	if (forwarder.port_count == FORWARD_PORTS) return -EMFILE;
	port->protocol = (int)op->args[A_FORWARD_PORT_PROTOCOL];
	if (port->protocol != IPPROTO_TCP && port->protocol != IPPROTO_UDP) return -EPROTONOSUPPORT;
	int result = endpoint_of(&local, plan_range(&machine->plan, op, A_FORWARD_PORT_ADDRESS), op->args[A_FORWARD_PORT_PORT]);
	if (result == 0)
		result = endpoint_of(&port->target, plan_range(&machine->plan, op, A_FORWARD_PORT_TARGET), op->args[A_FORWARD_PORT_TARGET_PORT]);
	if (result < 0) return result;
	int type = port->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	port->fd = socket(local.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (port->fd < 0) return -errno;
	result = take_port(port->fd, &local, port->protocol);
	if (result < 0) {
		close(port->fd);
		return result;
	}
	forwarder.port_count++;
	return 0;
}

// Addresses that mean something else in the other namespace: there, its own comes instead.
static bool is_local(const union endpoint *peer) {
	if (peer->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&peer->v6.sin6_addr) || IN6_IS_ADDR_LINKLOCAL(&peer->v6.sin6_addr);
	uint32_t address = ntohl(peer->v4.sin_addr.s_addr);
	return address >> 24 == 127 || address >> 16 == 0xa9fe;
}

// The peer's address on a socket of ours; without it the container sees its gateway's. Answers to it find their way back by the socket
// (src/network/rootless/answers.ts).
static void take_address(int fd, const union endpoint *peer) {
	const int on = 1;
	bool v6 = peer->any.sa_family == AF_INET6;
	if (setsockopt(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_TRANSPARENT : IP_TRANSPARENT, &on, sizeof on) < 0) return;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) return;
	(void)!bind(fd, &peer->any, endpoint_size(peer));
}

// `from` is NULL for an address of this namespace.
static int dial_from(const struct port *port, const union endpoint *from) {
	int type = port->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int fd = socket(port->target.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) return -errno;
	if (from) take_address(fd, from);
	if (connect(fd, &port->target.any, endpoint_size(&port->target)) < 0 && errno != EINPROGRESS) {
		int error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

int dial(const struct port *port, const union endpoint *peer) {
	if (peer->any.sa_family != port->target.any.sa_family || is_local(peer)) return dial_from(port, NULL);
	int fd = dial_from(port, peer);
	if (fd != -EADDRNOTAVAIL) return fd;
	// By that port it talks to the target already, through another port of the host: then by any other.
	union endpoint from = *peer;
	if (from.any.sa_family == AF_INET6) from.v6.sin6_port = 0;
	else from.v4.sin_port = 0;
	return dial_from(port, &from);
}

static struct epoll_event event_of(uint32_t events, enum subject subject, uint32_t index) {
	return (struct epoll_event){.events = events, .data.u64 = (uint64_t)subject << 32 | index};
}

int watch(const struct forwarder *from, int fd, uint32_t events, enum subject subject, uint32_t index) {
	struct epoll_event event = event_of(events, subject, index);
	return outcome(syscall(SYS_epoll_ctl, from->events, EPOLL_CTL_ADD, fd, &event));
}

void pause_ports(struct forwarder *from, bool paused) {
	if (from->paused == paused) return;
	from->paused = paused;
	resume_at = milliseconds() + PAUSE_MS;
	for (uint32_t i = 0; i < from->port_count; i++) {
		if (from->ports[i].protocol != IPPROTO_TCP) continue;
		struct epoll_event event = event_of(paused ? 0 : EPOLLIN, ABOUT_PORT, i);
		syscall(SYS_epoll_ctl, from->events, EPOLL_CTL_MOD, from->ports[i].fd, &event);
	}
}

// A connection takes six descriptors: as many as this process may have.
static void raise_limit(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
	limit.rlim_cur = limit.rlim_max;
	syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

static int prepare(int signals) {
	raise_limit();
	forwarder.events = (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
	if (forwarder.events < 0) return -errno;
	// Where there is none, a signal ends the process by itself.
	int result = signals < 0 ? 0 : watch(&forwarder, signals, EPOLLIN, ABOUT_END, 0);
	for (uint32_t i = 0; result == 0 && i < forwarder.port_count; i++)
		result = watch(&forwarder, forwarder.ports[i].fd, EPOLLIN, ABOUT_PORT, i);
	return result;
}

// False when it is to end.
static bool take_event(struct epoll_event event) {
	uint32_t index = (uint32_t)event.data.u64;
	switch ((enum subject)(event.data.u64 >> 32)) {
	case ABOUT_END: return false;
	case ABOUT_PORT:
		if (forwarder.ports[index].protocol == IPPROTO_TCP) stream_accept(&forwarder, forwarder.ports + index);
		else flow_receive(&forwarder, index);
		return true;
	case ABOUT_STREAM: stream_event(index, event.events); return true;
	case ABOUT_FLOW: flow_answer(&forwarder, index); return true;
	}
	return false;
}

int op_forward(struct machine *machine, const struct op *op) {
	struct epoll_event events[EVENTS];
	int result = outcome(prctl(PR_SET_NAME, text_in(machine, op, A_FORWARD_NAME)));
	if (result == 0) result = prepare(machine->signals);
	while (result == 0) {
		int timeout = forwarder.paused ? PAUSE_MS : IDLE_MS;
		long count = syscall(SYS_epoll_pwait, forwarder.events, events, EVENTS, timeout, NULL, 8);
		if (count < 0 && errno != EINTR) return -errno;
		for (long i = 0; i < count; i++)
			if (!take_event(events[i])) return 0;
		stream_resume(&forwarder);
		bool ended = stream_sweep();
		if (forwarder.paused && (ended || milliseconds() >= resume_at)) pause_ports(&forwarder, false);
		flow_expire();
	}
	return result;
}
