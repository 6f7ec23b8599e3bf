// Authentication challenges: the WWW-Authenticate field of RFC 9110 §11.6.1. One field holds several challenges, and a comma stands
// between challenges as well as between the parameters of one, so this is read sign by sign.
import { InvalidInputError } from "../../base/errors.ts";

export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By name in lower case; without a prototype. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What stands in the place of parameters for schemes such as Negotiate. */
  readonly token68?: string;
}

const LONGEST = 16 * 1024;
const MOST_CHALLENGES = 16;
const MOST_PARAMETERS = 32;

/** RFC 9110 §5.6.2. */
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
/** §11.2; what follows must end it. */
const TOKEN68 = /[\w~+/.-]+=*(?=[ \t]*(?:,|$))/y;
const EQUALS = /[ \t]*=[ \t]*/y;
/** A list may have empty elements (§5.6.1.2). */
const COMMAS = /[ \t]*(?:,[ \t]*)*/y;
const SPACES = /[ \t]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy;
/** Values without quotes should be tokens; registries send URLs and scopes bare, which the comma still ends. */
const BARE = /[^\s",]+/y;
/** §5.5: what a field value cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

class Reader {
  at = 0;
  constructor(readonly text: string) {}

  /** The match of a sticky pattern here, stepped over. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  refuse(message: string): never {
    throw new InvalidInputError("the registry's challenge", [{ field: "WWW-Authenticate", message: `${message} at character ${this.at}` }]);
  }
}

/**
 * Reads all challenges of a WWW-Authenticate field, in order; several fields are joined by commas, as HTTP has it.
 * @throws InvalidInputError when it is malformed, longer than 16 KiB, or has more than 16 challenges or 32 parameters in one.
 */
export function parseChallenges(field: string): readonly Challenge[] {
  const reader = new Reader(field);
  if (field.length > LONGEST) reader.refuse(`is longer than ${LONGEST / 1024} KiB`);
  if (CONTROL.test(field)) reader.refuse("holds a control character");
  const challenges: Challenge[] = [];
  reader.take(COMMAS);
  while (!reader.done) {
    if (challenges.length === MOST_CHALLENGES) reader.refuse(`has more than ${MOST_CHALLENGES} challenges`);
    challenges.push(readChallenge(reader));
  }
  return challenges;
}

function readChallenge(reader: Reader): Challenge {
  const scheme = (reader.take(TOKEN)?.[0] ?? reader.refuse("has no scheme")).toLowerCase();
  const parameters: Record<string, string> = Object.create(null);
  if (reader.take(SPACES) === undefined) {
    endOfElement(reader);
    return { scheme, parameters };
  }
  const start = reader.at;
  const token68 = readParameter(reader, parameters) ? undefined : reader.take(TOKEN68)?.[0];
  if (token68 !== undefined || reader.at === start) {
    endOfElement(reader);
    return { scheme, parameters, ...(token68 !== undefined && { token68 }) };
  }
  endOfElement(reader);
  for (let count = 1; !reader.done && readParameter(reader, parameters); count++) {
    if (count === MOST_PARAMETERS) reader.refuse(`has more than ${MOST_PARAMETERS} parameters`);
    endOfElement(reader);
  }
  return { scheme, parameters };
}

/** Reads `name=value`; false, and nothing read, where something else stands, such as the scheme of the next challenge. */
function readParameter(reader: Reader, parameters: Record<string, string>): boolean {
  const start = reader.at;
  const name = reader.take(TOKEN)?.[0].toLowerCase();
  if (name === undefined || reader.take(EQUALS) === undefined) {
    reader.at = start;
    return false;
  }
  const quoted = reader.take(QUOTED)?.[1];
  const value = quoted?.replace(/\\(.)/gs, "$1") ?? reader.take(BARE)?.[0];
  if (value === undefined || (quoted === undefined && value.startsWith("="))) {
    // `abc=` and `abc==` are a token68 with its padding, not a parameter without a value.
    reader.at = start;
    return false;
  }
  // "the auth-scheme's parameters […] MUST only occur once per challenge": two readers could choose different ones.
  if (name in parameters) reader.refuse(`has ${name} twice`);
  parameters[name] = value;
  return true;
}

function endOfElement(reader: Reader): void {
  const commas = reader.take(COMMAS)?.[0] ?? "";
  if (!reader.done && !commas.includes(",")) reader.refuse("has something other than a comma");
}

/** The first challenge of a scheme, in lower case. */
export function findChallenge(challenges: readonly Challenge[], scheme: string): Challenge | undefined {
  return challenges.find((challenge) => challenge.scheme === scheme);
}

/** Where a token is to be had, and for what (distribution docs/spec/auth/token.md). */
export interface BearerChallenge {
  readonly realm: URL;
  readonly service?: string;
  /** `repository:library/debian:pull`, several with spaces between. */
  readonly scope?: string;
  /** `insufficient_scope`, `invalid_token` (RFC 6750 §3.1). */
  readonly error?: string;
}

/**
 * The parameters of a bearer challenge. Whether credentials may go to the realm's host is the caller's to decide.
 * @throws InvalidInputError when the realm is no HTTP address.
 */
export function bearerChallenge({ parameters }: Challenge): BearerChallenge {
  const { realm = "", service, scope, error } = parameters;
  const url = URL.parse(realm);
  if (url === null || !["https:", "http:"].includes(url.protocol) || url.username !== "" || url.password !== "") {
    const message = `${JSON.stringify(realm.slice(0, 200))} is no address of a token server`;
    throw new InvalidInputError("the registry's challenge", [{ field: "realm", message }]);
  }
  return {
    realm: url,
    ...(service !== undefined && { service }),
    ...(scope !== undefined && { scope }),
    ...(error !== undefined && { error }),
  };
}

/** The scope to ask for: `repository:library/debian:pull,push`. */
export function repositoryScope(repository: string, actions: readonly ("pull" | "push" | "delete")[]): string {
  return `repository:${repository}:${actions.join(",")}`;
}
