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

/**
 * Judges one program: exit status 0, one plan, as many assertions as planned, none `not ok`. A plan of nothing passes only without an
 * `"error"` block. `silent` programs print nothing at all when they succeed: for those the exit status decides.
 */
export function judgeTap({ status, stdout, stderr }: TapResult, options: { readonly silent?: boolean } = {}): TapVerdict {
  const lines = stdout.split("\n");
  const ok = lines.filter((line) => LINE.ok.test(line)).length;
  const notOk = lines.filter((line) => LINE.notOk.test(line));
  const plans = lines.flatMap((line) => LINE.plan.exec(line)?.[1] ?? []).map(Number);
  const assertions = ok + notOk.length;
  const problems = [...notOk, ...lines.filter((line) => LINE.bail.test(line))];
  if (status !== 0) problems.push(`exit status ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  const [plan] = plans;
  if (options.silent !== true || plans.length > 0 || assertions > 0) {
    if (plans.length !== 1) problems.push(`${plans.length} plans`);
    else if (plan !== assertions) problems.push(`${plan} planned, ${assertions} made`);
    if (plan === 0) problems.push(...lines.flatMap((line) => LINE.error.exec(line)?.[1] ?? []));
  }
  return { passed: problems.length === 0, assertions, problems };
}
