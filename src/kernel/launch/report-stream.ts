// The report of a launcher that outlives us: read while it comes, from a socket in place of a file, until it says that the program runs.
import { decodeRecords, type ReportRecord } from "./records.ts";

/**
 * The records up to `done`, or to the end of the report where it does not come to that. Closes the descriptor.
 * @param fd our end of a stream socket
 */
export async function recordsUntilDone(fd: number): Promise<readonly ReportRecord[]> {
  const { promise, resolve } = Promise.withResolvers<readonly ReportRecord[]>();
  // Bun's types know a socket by descriptor, but have no overload of connect for it.
  await Bun.connect(reportSocket(fd, resolve) as Bun.UnixSocketOptions);
  return await promise;
}

type Connection = { readonly fd: number } | { readonly unix: string };

function reportSocket(fd: number, settle: (records: readonly ReportRecord[]) => void): Omit<Bun.UnixSocketOptions, "unix"> & Connection {
  const parts: Uint8Array[] = [];
  const records = () => decodeRecords(Buffer.concat(parts));
  return {
    fd,
    socket: {
      data: (socket, data) => {
        parts.push(Uint8Array.from(data));
        if (!records().some(({ kind }) => kind === "done")) return;
        settle(records());
        socket.end();
      },
      close: () => settle(records()),
      error: () => settle(records()),
    },
  };
}
