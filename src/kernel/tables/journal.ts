// Where systemd's journal takes entries (systemd's JOURNAL_NATIVE_PROTOCOL).
export const JOURNAL_SOCKET = "/run/systemd/journal/socket";
