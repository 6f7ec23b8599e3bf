// Signals (signal(7)): names and numbers of x86-64 and arm64, which agree, and what `kill` takes for one.

// biome-ignore format: table
export const SIGNALS = {
  SIGHUP: 1,   SIGINT: 2,    SIGQUIT: 3,  SIGILL: 4,   SIGTRAP: 5,    SIGABRT: 6,  SIGBUS: 7,   SIGFPE: 8,
  SIGKILL: 9,  SIGUSR1: 10,  SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13,   SIGALRM: 14, SIGTERM: 15, SIGSTKFLT: 16,
  SIGCHLD: 17, SIGCONT: 18,  SIGSTOP: 19, SIGTSTP: 20, SIGTTIN: 21,   SIGTTOU: 22, SIGURG: 23,  SIGXCPU: 24,
  SIGXFSZ: 25, SIGVTALRM: 26, SIGPROF: 27, SIGWINCH: 28, SIGIO: 29,   SIGPWR: 30,  SIGSYS: 31,
} as const;

export type SignalName = keyof typeof SIGNALS;

/** Second names (signal(7), "Standard signals"). */
const ALIASES: Readonly<Record<string, number>> = { SIGIOT: 6, SIGCLD: 17, SIGPOLL: 29, SIGUNUSED: 31 };

/** The real-time signals that the C library leaves to programs: it keeps 32 and 33 (signal(7), "Real-time signals"). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(SIGNALS),
  ...Object.entries(ALIASES),
  ["SIGRTMIN", SIGRTMIN],
  ["SIGRTMAX", SIGRTMAX],
]);

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SIGNALS).map(([name, number]) => [number, name]));

/**
 * The number of a signal as people write it: `9`, `KILL`, `sigkill`, `SIGRTMIN+3`, `RTMAX-1`. Undefined for what is no signal. 0, which
 * kill(2) takes as a probe, counts as one.
 */
export function parseSignal(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) {
    const number = Number(text);
    return number <= SIGRTMAX ? number : undefined;
  }
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const known = NUMBERS.get(name);
  if (known !== undefined) return known;
  const [, base, sign, distance] = /^(SIGRTM(?:IN|AX))([+-])(\d{1,2})$/.exec(name) ?? [];
  if (base === undefined || (base === "SIGRTMIN") !== (sign === "+")) return undefined;
  const number = base === "SIGRTMIN" ? SIGRTMIN + Number(distance) : SIGRTMAX - Number(distance);
  return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
}

/** `SIGTERM`, `SIGRTMIN+3`, or `signal N` for a number without a name. */
export function signalName(number: number): string {
  const name = NAMES.get(number);
  if (name !== undefined) return name;
  if (number < SIGRTMIN || number > SIGRTMAX) return `signal ${number}`;
  return number === SIGRTMIN ? "SIGRTMIN" : number === SIGRTMAX ? "SIGRTMAX" : `SIGRTMIN+${number - SIGRTMIN}`;
}
