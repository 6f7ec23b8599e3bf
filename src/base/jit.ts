// The executable starts with JavaScriptCore's compilers held back (tools/build), which is right for commands that live milliseconds.

/** Lets the compilers work: called where megabytes are about to be worked on. */
export function expectLongWork(): void {
  Bun.unsafe.setJITPolicy(1);
}
