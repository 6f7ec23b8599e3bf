// Accounts of this machine, and the environment and command that make a program run as one of them as if it had logged in.
import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TESTER } from "../../tools/testing/tester.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** An account of /etc/passwd (passwd(5)). @throws Error when there is none of that name. */
export function account(name: string): Account {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const [login, , uid, gid, , home] = line.split(":");
    if (login === name && home !== undefined) return { name, uid: Number(uid), gid: Number(gid), home };
  }
  throw new Error(`no account ${name} in /etc/passwd`);
}

/** The ordinary user of rootless tests. */
export const tester = (): Account => account(TESTER);

/** What pam_systemd and login(1) give a session; the runtime directory is made below `directory`, mode 0700, as XDG demands. */
export function loginEnvironment(user: Account, directory: string): Record<string, string> {
  const runtime = join(directory, `xdg-${user.uid}`);
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(runtime, user.uid, user.gid);
  return {
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: "/bin/bash",
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    LANG: "C.UTF-8",
    XDG_RUNTIME_DIR: runtime,
  };
}

/** The command that runs `argv` as the user, with its groups and without capabilities: root changes user, anybody else must be it already. */
export function commandAs(user: Account, argv: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) return argv;
  return ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups", "--inh-caps=-all", "--", ...argv];
}
