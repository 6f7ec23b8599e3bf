// The terminal that this process runs on (termios(3), ioctl_tty(2)), by the calls that node:tty is made of. Not by node:tty: loading it
// takes 9 ms, as long as a whole run, and its raw mode leaves output processing on (libuv's UV_TTY_MODE_RAW): lines that the container's
// terminal has processed would be so once more. The one place of these calls.

interface Terminal {
  /** Fills in columns and rows; false when it cannot be told. */
  getWindowSize(size: [number, number]): boolean;
  setRawMode(mode: number): void;
}

/** What bun's `process.binding("tty_wrap")` holds; its types do not know it. */
interface TtyBinding {
  readonly TTY: new (fd: number, context: object) => Terminal;
  isTTY(fd: number): boolean;
}

/** libuv's uv_tty_mode_t: as it was when the mode was first set, and cfmakeraw(3). */
const MODE = { normal: 0, binary: 2 } as const;

function binding(): TtyBinding {
  return (process as unknown as { binding(name: "tty_wrap"): TtyBinding }).binding("tty_wrap");
}

export function isTerminal(fd: number): boolean {
  return binding().isTTY(fd);
}

export interface WindowSize {
  readonly height: number;
  readonly width: number;
}

/** The size of the window that shows what is written to `fd`; undefined for what is no terminal, or one that knows no size. */
export function windowSize(fd: number): WindowSize | undefined {
  const { TTY, isTTY } = binding();
  const size: [number, number] = [0, 0];
  if (!isTTY(fd) || !new TTY(fd, {}).getWindowSize(size)) return undefined;
  const [width, height] = size;
  return width > 0 && height > 0 ? { height, width } : undefined;
}

export interface RawMode {
  /** Again, after somebody else changed the settings. */
  enter(): void;
  /** Puts back what was there at first. */
  leave(): void;
}

/** Keys one by one, as they are: also those by which the line discipline would edit, interrupt and stop. */
export function enterRawMode(fd: number): RawMode {
  const terminal = new (binding().TTY)(fd, {});
  const enter = () => terminal.setRawMode(MODE.binary);
  const leave = () => {
    try {
      terminal.setRawMode(MODE.normal);
    } catch {
      // a terminal that is gone needs nothing back
    }
  };
  enter();
  return {
    enter: () => {
      leave();
      enter();
    },
    leave,
  };
}
