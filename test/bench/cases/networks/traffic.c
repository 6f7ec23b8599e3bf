/*
 * Traffic between two places, over TCP and IPv4, and how long it takes.
 *
 *     traffic serve PORT                  answers, until it is killed
 *     traffic stream ADDRESS PORT BYTES   sends so many bytes, and waits until they have all been read
 *     traffic rounds ADDRESS PORT COUNT   so many bytes there and back, each after the other
 *
 * The two that ask print nanoseconds. The first byte of a connection says which it is.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[256 * 1024];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void no_delay(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static struct sockaddr_in place(const char *address, const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		fail(address);
	return in;
}

static void answer(int fd)
{
	char kind, byte = 'k';

	no_delay(fd);
	if (read(fd, &kind, 1) != 1)
		return;
	if (kind == 's') {
		while (read(fd, buffer, sizeof(buffer)) > 0)
			continue;
		if (write(fd, &byte, 1) != 1)
			fail("write");
		return;
	}
	while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
		continue;
}

static void serve(const char *port)
{
	struct sockaddr_in in = place("0.0.0.0", port);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	signal(SIGCHLD, SIG_IGN);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 || listen(fd, 16) < 0)
		fail("listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			fail("accept");
		if (fork() == 0) {
			answer(client);
			_exit(0);
		}
		close(client);
	}
}

static void stream(int fd, long long bytes)
{
	char byte;

	while (bytes > 0) {
		ssize_t sent = write(fd, buffer, bytes < (long long)sizeof(buffer) ? (size_t)bytes : sizeof(buffer));

		if (sent < 0)
			fail("write");
		bytes -= sent;
	}
	shutdown(fd, SHUT_WR);
	if (read(fd, &byte, 1) != 1)
		fail("read");
}

static void rounds(int fd, long long count)
{
	char byte = 'b';

	for (; count > 0; count--)
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			fail("round");
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	struct sockaddr_in in;
	int fd;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (argc != 5)
		return 2;
	in = place(argv[2], argv[3]);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	no_delay(fd);
	if (connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		fail("connect");
	if (write(fd, argv[1], 1) != 1)
		fail("write");
	clock_gettime(CLOCK_MONOTONIC, &from);
	(argv[1][0] == 's' ? stream : rounds)(fd, atoll(argv[4]));
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec));
	return 0;
}
