// Reads a file that this program wrote, where something else may lie by now: no link is followed, no device or FIFO is waited for.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

/** More than anything that is read this way. */
const MOST = 64 * 1024 * 1024;

/** @throws an error of the file system; with the code EINVAL for what is no regular file, EFBIG for one that is too large */
export function readRegularFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw refusal("EINVAL", `${path} is not a regular file`);
    if (stats.size > MOST) throw refusal("EFBIG", `${path} is too large`);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
