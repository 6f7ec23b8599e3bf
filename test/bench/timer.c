// Times a command from vfork to wait4, so that nothing of the program that asks for the measurement is in it.
// usage: timer LOG REPEAT COMMAND [ARGUMENT…]
// Runs COMMAND REPEAT times one after another, its input /dev/null, its output the file LOG, until one run fails.
// Prints `nanoseconds maxrss-in-KiB wait-status`: the sum of the times, the largest resident set, the last status.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: timer LOG REPEAT COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int log = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (in < 0 || log < 0) {
		perror(argv[1]);
		return 2;
	}
	int64_t total = 0;
	long maxrss = 0;
	int status = 0;
	for (int left = atoi(argv[2]); left > 0 && status == 0; left--) {
		struct rusage usage;
		int64_t start = now();
		pid_t pid = vfork();
		if (pid == 0) {
			dup2(in, 0);
			dup2(log, 1);
			dup2(log, 2);
			execvp(argv[3], argv + 3);
			_exit(127);
		}
		if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
			perror(argv[3]);
			return 2;
		}
		total += now() - start;
		if (usage.ru_maxrss > maxrss)
			maxrss = usage.ru_maxrss;
	}
	printf("%lld %ld %d\n", (long long)total, maxrss, status);
	return 0;
}
