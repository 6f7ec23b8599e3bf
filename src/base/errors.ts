// The one family of errors: a class per kind that a caller can act on, each with a stable code
// that the command line turns into an exit status and the APIs into an HTTP or gRPC status.

/** What went wrong, as a caller can act on it. */
export type ErrorCode =
  | "invalid" // the input breaks a rule: mend the input
  | "not-found"
  | "conflict" // the object's state or name stands in the way
  | "unsupported" // this host or this build cannot do it
  | "denied"
  | "unavailable" // may work later
  | "kernel" // a system call of a plan failed
  | "command-not-found" // the container's program does not exist (exit status 127)
  | "command-not-executable" // … or cannot be executed (exit status 126)
  | "internal";

/** The base of every error that teu throws on purpose; `message` is one sentence, lower case, no full stop. */
export class TeuError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One thing wrong with an input, at one field (`linux.resources.memory.limit`). */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

/** An input with all its problems at once. */
export class InvalidInputError extends TeuError {
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    super("invalid", `${subject} is not valid: ${problems.map((p) => `${p.field}: ${p.message}`).join("; ")}`);
    this.problems = problems;
  }
}

/** A system call of a launch plan failed; `errno` is the kernel's number, `field` where in the configuration the op came from. */
export class KernelError extends TeuError {
  readonly errno: number;
  readonly field: string;

  constructor(message: string, detail: { readonly errno: number; readonly field: string; readonly code?: ErrorCode }) {
    super(detail.code ?? "kernel", message);
    this.errno = detail.errno;
    this.field = detail.field;
  }
}
