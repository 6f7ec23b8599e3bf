// The size of this process's window, told by the terminal that shows its output.

export interface WindowSize {
  readonly height: number;
  readonly width: number;
}

/** Undefined when standard output is no terminal, or one that knows no size. */
export function windowSize(): WindowSize | undefined {
  const { stdout } = process;
  if (!stdout.isTTY) return undefined;
  const [width, height] = stdout.getWindowSize();
  return width > 0 && height > 0 ? { height, width } : undefined;
}
