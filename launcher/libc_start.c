// The launcher's own start, in place of the C library's: `_start` of crt1.o calls this __libc_start_main, and the linker then
// takes nothing from libc.a. A static glibc start asks the processor for its features with some thirty cpuid instructions, each of
// which leaves a virtual machine: 0.6 ms measured, and the launcher is executed twice (seal.c). Without it an
// executable of 60 KB starts in 0.1 ms. test/run checks that nothing of libc.a has crept in.
//
// Here: the start, and the string functions that the launcher and the compiler use. libc_calls.c has the system calls.
#include "gnu.h"
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv, char **env);

char **environ;
uintptr_t __stack_chk_guard;  // arm64 finds the stack protector's canary here, x86-64 at 0x28 of the thread's block

// The library's functions keep their errors in a thread's variable of this name, and there is no thread's storage here. An ordinary
// variable in its place lets the linker refuse whatever of libc.a would be taken unnoticed ("TLS reference mismatches").
char __libc_errno;

int *__errno_location(void) {
	static int value;
	return &value;
}

_Noreturn void abort(void) {
	__builtin_trap();
}

_Noreturn void __stack_chk_fail(void) {
	__builtin_trap();
}

#if defined __has_attribute
#if __has_attribute(no_stack_protector)
#define BEFORE_CANARY __attribute__((no_stack_protector))
#endif
#endif
#ifndef BEFORE_CANARY
#define BEFORE_CANARY
#endif

// Where the distribution's compiler protects stacks by default, a random canary (AT_RANDOM, getauxval(3)) must be in place before
// the first function that is protected: hence no call of another function here.
BEFORE_CANARY static void set_canary(char **env) {
	while (*env) env++;
	for (const Elf64_auxv_t *aux = (const void *)(env + 1); aux->a_type != AT_NULL; aux++)
		if (aux->a_type == AT_RANDOM) __stack_chk_guard = *(const uintptr_t *)aux->a_un.a_val;
	__stack_chk_guard &= ~(uintptr_t)0xff;  // a string that runs over ends before it
#ifdef __x86_64__
	enum { SET_FS = 0x1002 };
	static uintptr_t block[8];
	long result = SYS_arch_prctl;
	block[0] = (uintptr_t)block;
	block[5] = __stack_chk_guard;
	__asm__ volatile("syscall" : "+a"(result) : "D"(SET_FS), "S"(block) : "rcx", "r11", "memory");
#endif
}

// The other arguments are constructors and the like, of which there are none.
BEFORE_CANARY _Noreturn void __libc_start_main(int (*entry)(int, char **, char **), int argc, char **argv) {
	environ = argv + argc + 1;
	set_canary(environ);
	_exit(entry(argc, argv, environ));
}

// The empty statement keeps the compiler from turning a loop back into a call of the very function.
#define KEEP(pointer) __asm__ volatile("" : "+r"(pointer))

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
#ifdef __x86_64__
	void *at = to;
	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(length) : : "memory");
#else
	uint8_t *out = to;
	const uint8_t *in = from;
	for (; length; length--) {
		KEEP(out);
		*out++ = *in++;
	}
#endif
	return to;
}

void *memmove(void *to, const void *from, size_t length) {
	uint8_t *out = to;
	const uint8_t *in = from;
	if ((uintptr_t)out - (uintptr_t)in >= length) return memcpy(to, from, length);
	while (length--) {
		KEEP(out);
		out[length] = in[length];
	}
	return to;
}

void *memset(void *to, int byte, size_t length) {
	uint8_t *out = to;
	for (; length; length--) {
		KEEP(out);
		*out++ = (uint8_t)byte;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t length) {
	const uint8_t *x = a, *y = b;
	for (; length && *x == *y; length--, x++, y++) KEEP(x);
	return length ? *x - *y : 0;
}

void *memchr(const void *from, int byte, size_t length) {
	const uint8_t *at = from;
	for (; length; length--, at++) {
		KEEP(at);
		if (*at == (uint8_t)byte) return (void *)at;
	}
	return NULL;
}

size_t strlen(const char *text) {
	const char *at = text;
	for (; *at; at++) KEEP(at);
	return (size_t)(at - text);
}

char *strcpy(char *restrict to, const char *restrict from) {
	return memcpy(to, from, strlen(from) + 1);
}

int strcmp(const char *a, const char *b) {
	for (; *a && *a == *b; a++, b++) KEEP(a);
	return (uint8_t)*a - (uint8_t)*b;
}

char *strchr(const char *text, int byte) {
	for (; *text != (char)byte; text++)
		if (!*text) return NULL;
	return (char *)text;
}

char *strrchr(const char *text, int byte) {
	const char *found = NULL;
	for (;; text++) {
		if (*text == (char)byte) found = text;
		if (!*text) return (char *)found;
	}
}

size_t strspn(const char *text, const char *accept) {
	size_t length = 0;
	while (text[length] && strchr(accept, text[length])) length++;
	return length;
}

size_t strcspn(const char *text, const char *reject) {
	size_t length = 0;
	while (text[length] && !strchr(reject, text[length])) length++;
	return length;
}
