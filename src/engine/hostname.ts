// The host name of a container that was given none.

const ID_LENGTH = 64;
const SHORT_ID = 12;
/** HOST_NAME_MAX (sethostname(2)). */
const LONGEST_HOSTNAME = 64;

/** docker's: the short form of an id; a name is one by itself. */
export function hostnameOf(id: string): string {
  return id.slice(0, id.length === ID_LENGTH ? SHORT_ID : LONGEST_HOSTNAME);
}
