// The unit of one container, as `teu generate systemd` prints it: podman's flags, names and settings where they mean the same. The program that
// systemd watches is the container's monitor, which `teu start` and `teu run -d` name to it ($NOTIFY_SOCKET, sd_notify(3)) before they end.
import { type Setting, unitPhrase, unitText, unitVariable, unitWord } from "./unit.ts";

export const UNIT_RESTARTS = ["no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"] as const;

export interface ContainerUnit {
  /** `container-web`, without `.service`. */
  readonly name: string;
  /** The executable, absolute. */
  readonly program: string;
  /** How the container is called in commands. */
  readonly container: string;
  /** `--new`: the words of the `run` that makes it anew at each start, from after `run` on; else it is started as it is. */
  readonly run?: readonly string[];
  readonly restart: (typeof UNIT_RESTARTS)[number];
  readonly restartSec?: number;
  /** Seconds that it is given to end; -1 is for ever. */
  readonly stopTimeout: number;
  readonly startTimeout?: number;
  readonly after: readonly string[];
  readonly wants: readonly string[];
  readonly requires: readonly string[];
  readonly environment: readonly (readonly [name: string, value: string])[];
  /** Lines of the comment at its head. */
  readonly header: readonly string[];
}

/** What systemd waits longer than the container is given, so that our own SIGKILL comes first; podman's number. */
const STOP_SLACK = 60;
const CID_FILE = "%t/%n.ctr-id";

/** The text of the unit. */
export function containerUnit(unit: ContainerUnit): string {
  const { after, wants, requires, environment, restart, restartSec, startTimeout, stopTimeout } = unit;
  return unitText(unit.header, [
    [
      "Unit",
      [
        ["Description", unitPhrase(`teu ${unit.name}.service`)],
        ["Wants", ["network-online.target", ...wants].join(" ")],
        ["After", ["network-online.target", ...after].join(" ")],
        ...(requires.length === 0 ? [] : [["Requires", requires.join(" ")] as const]),
      ],
    ],
    [
      "Service",
      [
        ...environment.map(([name, value]): Setting => ["Environment", unitVariable(name, value)]),
        ["Restart", restart],
        ...(restartSec === undefined ? [] : [["RestartSec", `${restartSec}`] as const]),
        ...(startTimeout === undefined ? [] : [["TimeoutStartSec", `${startTimeout}`] as const]),
        ["TimeoutStopSec", stopTimeout < 0 ? "infinity" : `${stopTimeout + STOP_SLACK}`],
        ...commands(unit),
        ["Type", "notify"],
        ["NotifyAccess", "all"],
      ],
    ],
    ["Install", [["WantedBy", "default.target"]]],
  ]);
}

function commands({ program, container, run, stopTimeout }: ContainerUnit): Setting[] {
  const line = (...words: readonly string[]) => [program, ...words].map(unitWord).join(" ");
  if (run === undefined) {
    const stop = line("stop", "-t", `${stopTimeout}`, container);
    return [
      ["ExecStart", line("start", container)],
      ["ExecStop", stop],
      ["ExecStopPost", stop],
    ];
  }
  return [
    ["ExecStartPre", `/bin/rm -f ${CID_FILE}`],
    ["ExecStartPre", `-${line("rm", "-f", container)}`], // of a machine that lost its power
    ["ExecStart", `${line("run")} --cidfile=${CID_FILE} ${run.map(unitWord).join(" ")}`],
    ["ExecStop", line("stop", "-t", `${stopTimeout}`, container)],
    ["ExecStopPost", `-${line("rm", "-f", container)}`],
  ];
}

/** Flags of `run` that the unit says itself, and whether a value of its own stands behind them. */
const SAID_BY_UNIT: ReadonlyMap<string, boolean> = new Map([
  ["--cidfile", true],
  ["--restart", true],
  ["--rm", false],
  ["--detach", false],
  ["-d", false],
]);

/**
 * The words of a `run` or `create` as a unit runs it again: detached, removed at its end, restarted by systemd alone, and in the place of one that
 * bears its name. Only words before the image are looked at.
 * @param flagCount how many of the words are flags and their values
 */
export function runWords(words: readonly string[], { flagCount, name }: { readonly flagCount: number; readonly name: string }): string[] {
  const kept: string[] = [];
  for (let at = 0; at < flagCount; at++) {
    const word = words[at] ?? "";
    const takesNext = SAID_BY_UNIT.get(word);
    if (takesNext !== undefined) at += takesNext ? 1 : 0;
    else if (!SAID_BY_UNIT.has(word.slice(0, Math.max(0, word.indexOf("="))))) kept.push(withoutDetach(word));
  }
  const named = kept.some((word) => word === "--name" || word.startsWith("--name="));
  return ["-d", "--rm", ...(named ? [] : [`--name=${name}`]), ...kept, ...words.slice(flagCount)];
}

/** `-dit` is `-it`: what is said twice is no mistake, but reads as one. */
function withoutDetach(word: string): string {
  return /^-[dit]{2,}$/.test(word) ? word.replace("d", "") : word;
}
