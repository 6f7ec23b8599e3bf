// What the files of the forwarder share: the ports that it has taken, and one wait for all of its descriptors.
#ifndef TEU_FORWARD_H
#define TEU_FORWARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { FORWARD_PORTS = 8192 };

union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

// A port of the host, and where it leads.
struct port {
	int fd;
	int protocol;
	union endpoint target;
};

// What an event is about.
enum subject { ABOUT_END, ABOUT_PORT, ABOUT_STREAM, ABOUT_FLOW };

struct forwarder {
	int events;     // epoll(7)
	struct port ports[FORWARD_PORTS];
	uint32_t port_count;
	bool paused;  // no more connections are taken for now, or until one ends: descriptors or places have run out
};

// forward.c
socklen_t endpoint_size(const union endpoint *endpoint);
// A socket of this namespace that is connected to a port's target, where possible with the peer's own address: the descriptor, or -errno.
int dial(const struct port *port, const union endpoint *peer);
// Waits for a descriptor with the others: 0, or -errno.
int watch(const struct forwarder *forwarder, int fd, uint32_t events, enum subject subject, uint32_t index);
// Ports of connections are listened to, or not for now.
void pause_ports(struct forwarder *forwarder, bool paused);

// forward_tcp.c
void stream_accept(struct forwarder *forwarder, const struct port *port);
void stream_event(uint32_t index, uint32_t events);
// Those that ended while events were looked at: true when there were some.
bool stream_sweep(void);
void stream_resume(const struct forwarder *forwarder);

// forward_udp.c
void flow_receive(const struct forwarder *forwarder, uint32_t port);
void flow_answer(const struct forwarder *forwarder, uint32_t index);
void flow_expire(void);

#endif
