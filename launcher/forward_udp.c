// Datagrams of the forwarder: who sends to a port of the host has a socket towards the container as long as something comes, and answers go back
// from the address that was written to.
#include "gnu.h"
#include "forward.h"
#include "machine.h"

#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { FLOWS = 4096, BUCKETS = 1024, DATAGRAM = 65536, BURST = 64, NONE = UINT32_MAX, IDLE_SECONDS = 120, SWEEP_SECONDS = 10 };

// The address of ours that was written to, as the kernel wants it told.
union local {
	struct in_pktinfo v4;
	struct in6_pktinfo v6;
};

struct flow {
	int fd;  // connected to the container
	bool live;
	uint32_t port, bucket, next;
	int64_t used;
	union endpoint peer;
	union local local;
};

static struct flow flows[FLOWS];
static uint32_t buckets[BUCKETS];  // 1 + index of the first flow of each; 0 for none
static uint32_t taken, free_list = NONE;
static int64_t swept;
static char datagram[DATAGRAM];

static int64_t seconds(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

// FNV-1a.
static uint32_t bucket_of(uint32_t port, const union endpoint *peer) {
	const uint8_t *bytes = (const void *)peer;
	uint32_t hash = 2166136261u ^ port;
	for (socklen_t i = 0; i < endpoint_size(peer); i++) hash = (hash ^ bytes[i]) * 16777619u;
	return hash % BUCKETS;
}

static bool same_local(bool v6, const union local *a, const union local *b) {
	if (v6) return memcmp(&a->v6.ipi6_addr, &b->v6.ipi6_addr, sizeof a->v6.ipi6_addr) == 0;
	return memcmp(&a->v4.ipi_addr, &b->v4.ipi_addr, sizeof a->v4.ipi_addr) == 0;
}

static void end_flow(uint32_t index) {
	struct flow *flow = flows + index;
	uint32_t *link = buckets + flow->bucket;
	while (*link != index + 1) link = &flows[*link - 1].next;
	*link = flow->next;
	close(flow->fd);
	flow->live = false;
	flow->next = free_list;
	free_list = index;
}

// The one that was quiet the longest goes, where there is any.
static void end_quietest(void) {
	uint32_t quietest = NONE;
	for (uint32_t i = 0; i < taken; i++)
		if (flows[i].live && (quietest == NONE || flows[i].used < flows[quietest].used)) quietest = i;
	if (quietest != NONE) end_flow(quietest);
}

static uint32_t take_place(void) {
	if (free_list == NONE && taken < FLOWS) return taken++;
	if (free_list == NONE) end_quietest();
	uint32_t index = free_list;
	free_list = flows[index].next;
	return index;
}

static struct flow *open_flow(const struct forwarder *forwarder, uint32_t port, uint32_t bucket, const union endpoint *peer, const union local *local) {
	int fd = dial(forwarder->ports + port, peer);
	if (fd == -EMFILE || fd == -ENFILE) {
		end_quietest();
		fd = dial(forwarder->ports + port, peer);
	}
	if (fd < 0) return NULL;
	uint32_t index = take_place();
	if (watch(forwarder, fd, EPOLLIN, ABOUT_FLOW, index) < 0) {
		close(fd);
		flows[index].next = free_list;
		free_list = index;
		return NULL;
	}
	flows[index] = (struct flow){.fd = fd, .live = true, .port = port, .bucket = bucket, .next = buckets[bucket], .peer = *peer, .local = *local};
	buckets[bucket] = index + 1;
	return flows + index;
}

static struct flow *flow_of(const struct forwarder *forwarder, uint32_t port, const union endpoint *peer, const union local *local) {
	uint32_t bucket = bucket_of(port, peer);
	for (uint32_t at = buckets[bucket]; at; at = flows[at - 1].next) {
		struct flow *flow = flows + at - 1;
		if (flow->port == port && memcmp(&flow->peer, peer, endpoint_size(peer)) == 0 &&
			same_local(peer->any.sa_family == AF_INET6, &flow->local, local))
			return flow;
	}
	return open_flow(forwarder, port, bucket, peer, local);
}

static void local_of(struct msghdr *message, union local *local) {
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == SOL_IP && header->cmsg_type == IP_PKTINFO) memcpy(&local->v4, CMSG_DATA(header), sizeof local->v4);
		if (header->cmsg_level == SOL_IPV6 && header->cmsg_type == IPV6_PKTINFO) memcpy(&local->v6, CMSG_DATA(header), sizeof local->v6);
	}
}

void flow_receive(const struct forwarder *forwarder, uint32_t port) {
	for (int i = 0; i < BURST; i++) {
		union endpoint peer;
		union local local;
		_Alignas(struct cmsghdr) char control[128];
		struct iovec part = {datagram, sizeof datagram};
		struct msghdr message = {&peer, sizeof peer, &part, 1, control, sizeof control, 0};
		memset(&peer, 0, sizeof peer);
		memset(&local, 0, sizeof local);
		ssize_t got = recvmsg(forwarder->ports[port].fd, &message, 0);
		if (got < 0) return;
		local_of(&message, &local);
		struct flow *flow = flow_of(forwarder, port, &peer, &local);
		if (!flow) continue;
		flow->used = seconds();
		// What the container refused before (ECONNREFUSED) is told once, and has nothing to do with this one.
		if (send(flow->fd, datagram, (size_t)got, MSG_NOSIGNAL) < 0 && errno == ECONNREFUSED) send(flow->fd, datagram, (size_t)got, MSG_NOSIGNAL);
	}
}

static void send_back(const struct forwarder *forwarder, struct flow *flow, size_t length) {
	bool v6 = flow->peer.any.sa_family == AF_INET6;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(union local))] = {0};
	struct iovec part = {datagram, length};
	struct msghdr message = {&flow->peer, endpoint_size(&flow->peer), &part, 1, control, 0, 0};
	struct cmsghdr *header = (void *)control;
	size_t size = v6 ? sizeof flow->local.v6 : sizeof flow->local.v4;
	union local local = flow->local;
	if (v6) {
		// The route says which interface, unless the address means nothing without one.
		if (!IN6_IS_ADDR_LINKLOCAL(&local.v6.ipi6_addr)) local.v6.ipi6_ifindex = 0;
	} else {
		local.v4.ipi_ifindex = 0;
		local.v4.ipi_spec_dst = local.v4.ipi_addr;
	}
	*header = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = v6 ? SOL_IPV6 : SOL_IP, .cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO};
	memcpy(CMSG_DATA(header), &local, size);
	message.msg_controllen = CMSG_SPACE(size);
	sendmsg(forwarder->ports[flow->port].fd, &message, MSG_NOSIGNAL);
}

void flow_answer(const struct forwarder *forwarder, uint32_t index) {
	struct flow *flow = flows + index;
	if (!flow->live) return;
	for (int i = 0; i < BURST; i++) {
		ssize_t got = recv(flow->fd, datagram, sizeof datagram, 0);
		if (got < 0) return;  // nothing more, or an error that reading it has taken away
		flow->used = seconds();
		send_back(forwarder, flow, (size_t)got);
	}
}

void flow_expire(void) {
	int64_t now = seconds();
	if (now < swept + SWEEP_SECONDS) return;
	swept = now;
	for (uint32_t i = 0; i < taken; i++)
		if (flows[i].live && now > flows[i].used + IDLE_SECONDS) end_flow(i);
}
