// Users and groups of an image: passwd(5), group(5), and what `USER` and `--user` mean by them (docker's rules). Pure.
import { InvalidInputError } from "../../base/errors.ts";

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export interface Accounts {
  readonly users: readonly PasswdEntry[];
  readonly groups: readonly GroupEntry[];
}

/** (uid_t)-1 is no id: setresuid(2) takes it for "leave as it is". */
const LARGEST_ID = 0xffff_fffe;

/** An id in decimal; undefined for anything else. */
export function parseId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= LARGEST_ID ? id : undefined;
}

/** Reads the two files; lines that are none are passed over, as the C library does. */
export function parseAccounts(passwd: string, group: string): Accounts {
  return { users: linesOf(passwd).flatMap(readUser), groups: linesOf(group).flatMap(readGroup) };
}

function linesOf(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

function readUser([name, , uidText, gidText, , home = ""]: readonly string[]): PasswdEntry[] {
  const [uid, gid] = [parseId(uidText), parseId(gidText)];
  return name === undefined || name === "" || uid === undefined || gid === undefined ? [] : [{ name, uid, gid, home }];
}

function readGroup([name, , gidText, members = ""]: readonly string[]): GroupEntry[] {
  const gid = parseId(gidText);
  return name === undefined || name === "" || gid === undefined ? [] : [{ name, gid, members: members.split(",").filter(Boolean) }];
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Without the first group. */
  readonly additionalGids: readonly number[];
  /** From passwd; undefined where the user is not in it. */
  readonly home?: string;
}

export interface UserRequest {
  /** `name`, `uid`, either with `:group` or `:gid`; what is empty is root, and the group that passwd says. */
  readonly user: string;
  /** `--group-add`: names or numbers. */
  readonly groupAdd: readonly string[];
}

/** A user and group in numbers, which need no file to be looked at; undefined for any other request. */
export function plainUser({ user, groupAdd }: UserRequest): { readonly uid: number; readonly gid: number } | undefined {
  const ids = user === "" ? [0] : user.split(":").map(parseId);
  const [uid, gid = 0] = ids;
  if (uid === undefined || ids.length > 2 || ids.includes(undefined) || groupAdd.length > 0) return undefined;
  return { uid, gid };
}

/** @throws InvalidInputError for a name that the image does not have, and for what is neither name nor id */
export function resolveUser({ user, groupAdd }: UserRequest, accounts: Accounts): ContainerUser {
  const [userText = "", groupText, ...more] = user.split(":");
  if (more.length > 0) throw refusal("user", `${JSON.stringify(user)} is not USER or USER:GROUP`);
  const entry = userEntry(userText, accounts);
  const group = groupText === undefined || groupText === "" ? undefined : groupId("user", groupText, accounts);
  const named = "name" in entry ? entry.name : undefined;
  // Groups are those that name the user as a member, unless one was asked for.
  const memberOf = group === undefined ? accounts.groups.filter(({ members }) => named !== undefined && members.includes(named)) : [];
  const gid = group ?? entry.gid;
  const additional = [...memberOf.map((member) => member.gid), ...groupAdd.map((text) => groupId("group-add", text, accounts))];
  return {
    uid: entry.uid,
    gid,
    additionalGids: [...new Set(additional)].filter((id) => id !== gid),
    ...("home" in entry && entry.home !== "" ? { home: entry.home } : {}),
  };
}

/** A name first, then a number, which need not be in passwd: its group is then root's. */
function userEntry(text: string, { users }: Accounts): PasswdEntry | { readonly uid: number; readonly gid: number } {
  const uid = text === "" ? 0 : parseId(text);
  const entry = users.find(({ name }) => name === text) ?? users.find((user) => user.uid === uid);
  if (entry !== undefined) return entry;
  if (uid === undefined) throw refusal("user", `unable to find user ${JSON.stringify(text)}: no matching entries in passwd file`);
  return { uid, gid: 0 };
}

function groupId(field: string, text: string, { groups }: Accounts): number {
  const gid = groups.find(({ name }) => name === text)?.gid ?? parseId(text);
  if (gid === undefined) throw refusal(field, `unable to find group ${JSON.stringify(text)}: no matching entries in group file`);
  return gid;
}

function refusal(field: string, message: string): InvalidInputError {
  return new InvalidInputError("the user of the container", [{ field, message }]);
}
