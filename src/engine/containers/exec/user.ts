// Who an exec runs as: names are looked up in the accounts that the container has now, not in those of its image.
import { type ContainerUser, parseAccounts, resolveUser } from "../../../containers/config/accounts.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { Container } from "../../../kernel/state/query.ts";
import { readJoinedFiles } from "../../../kernel/state/read-joined-files.ts";
import type { Engine } from "../../engine.ts";
import { ACCOUNT_FILES } from "../bundle/accounts.ts";

/**
 * The user of `--user`, with the groups of `--group-add`, as docker has it.
 * @throws InvalidInputError for one that is not there; KernelError where the files are no files
 */
export function lookUpExecUser(
  { runtime }: Engine,
  { row, container, user }: { readonly row: ContainerRow; readonly container: Container; readonly user: string },
): ContainerUser {
  const [passwd = "", group = ""] = readJoinedFiles(runtime, container, ACCOUNT_FILES);
  return resolveUser({ user, groupAdd: row.document.user.groupAdd }, parseAccounts(passwd, group));
}
