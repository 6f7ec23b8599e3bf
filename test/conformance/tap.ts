// Reads the output of a test program in the Test Anything Protocol (testanything.org, version 13), strictly: what a lenient reader takes
// for success, such as a plan of nothing beside an error, is a failure here.

export interface TapVerdict {
  readonly passed: boolean;
  readonly assertions: number;
  /** Why not; empty when passed. */
  readonly problems: readonly string[];
}

export interface TapResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LINE = { ok: /^ok\b/, notOk: /^not ok\b/, plan: /^1\.\.(\d+)/, bail: /^Bail out!/, error: /^\s+"error": "(.+)"/ };

export interface TapOptions {
  /** The program prints nothing at all when it succeeds: then the exit status decides. */
  readonly silent?: boolean;
  /** Part of the text of an assertion whose condition is the opposite of what it says: it has to come out `not ok`. */
  readonly inverted?: string;
}

/**
 * Judges one program: exit status 0, one plan, as many assertions as planned, none `not ok`. A plan of nothing passes only without an
 * `"error"` block.
 */
export function judgeTap({ status, stdout, stderr }: TapResult, { silent = false, inverted }: TapOptions = {}): TapVerdict {
  const lines = stdout.split("\n");
  const assertions = lines.filter((line) => LINE.ok.test(line) || LINE.notOk.test(line));
  const isInverted = (line: string) => inverted !== undefined && line.includes(inverted);
  const plans = lines.flatMap((line) => LINE.plan.exec(line)?.[1] ?? []).map(Number);
  const problems = [
    ...assertions.filter((line) => LINE.notOk.test(line) !== isInverted(line)),
    ...lines.filter((line) => LINE.bail.test(line)),
  ];
  if (status !== 0) problems.push(`exit status ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  const [plan] = plans;
  if (!silent || plans.length > 0 || assertions.length > 0) {
    if (plans.length !== 1) problems.push(`${plans.length} plans`);
    else if (plan !== assertions.length) problems.push(`${plan} planned, ${assertions.length} made`);
    if (plan === 0) problems.push(...lines.flatMap((line) => LINE.error.exec(line)?.[1] ?? []));
  }
  return { passed: problems.length === 0, assertions: assertions.length, problems };
}
