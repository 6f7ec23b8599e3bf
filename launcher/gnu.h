// The first include of every file: all of the headers' declarations, and none of the checked variants of functions that
// some distributions' compilers ask for by default and that only the C library has (libc_start.c).
#ifndef TEU_GNU_H
#define TEU_GNU_H

#define _GNU_SOURCE
#undef _FORTIFY_SOURCE

#endif
