// The unit that brings containers back when the machine, or a user's session manager, starts: `teu start --all-restart`.
import { type Setting, unitText, unitVariable, unitWord } from "./unit.ts";

export const RESTART_UNIT = "teu-restart.service";

export interface RestartUnit {
  /** The executable, absolute. */
  readonly program: string;
  /** Whose units: the machine's, or a user's. */
  readonly user: boolean;
  /** Where this engine is, if not where a command without an environment looks. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The target that wants it. */
export const wantedBy = (user: boolean): string => (user ? "default.target" : "multi-user.target");

/** The text of the unit. */
export function restartUnit({ program, user, variables }: RestartUnit): string {
  // A user's manager knows no network target.
  const network: Setting[] = user
    ? []
    : [
        ["Wants", "network-online.target"],
        ["After", "network-online.target"],
      ];
  return unitText(
    ["Written by: teu service install", "Taken away by: teu service uninstall"],
    [
      ["Unit", [["Description", "Containers of teu with restart policy always or unless-stopped"], ...network]],
      [
        "Service",
        [
          ["Type", "oneshot"],
          ["RemainAfterExit", "yes"],
          ...[...variables].map(([name, value]): Setting => ["Environment", unitVariable(name, value)]),
          ["ExecStart", [program, "start", "--all-restart"].map(unitWord).join(" ")],
          // Containers outlive this command, and are ended by whoever ends containers.
          ["KillMode", "process"],
          ["TimeoutStartSec", "infinity"],
        ],
      ],
      ["Install", [["WantedBy", wantedBy(user)]]],
    ],
  );
}
