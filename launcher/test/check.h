// The launcher's unit tests: CHECK counts, and says file and line of what does not hold. One executable a file.
#ifndef TEU_CHECK_H
#define TEU_CHECK_H

#include <stdio.h>
#include <string.h>

static int passed, failed;

#define CHECK(condition) \
	((condition) ? (void)passed++ : (void)(failed++, fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition)))

// Prints the counts, which test/run adds up; the exit status of the test.
static int finish(void) {
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}

#endif
