// The Link field by which a registry tells the next page of a list: RFC 8288 §3; distribution-spec 1.1, "Listing Tags", "Listing Referrers".
import { InvalidInputError } from "../../base/errors.ts";

const LONGEST = 8 * 1024;

/** One link: the address in angle brackets, then parameters up to a comma outside of quotes. */
const LINK = /[\s,]*<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)\s*(?=,|$)/sy;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i;

/**
 * The address of the next page, or undefined on the last. Relative addresses are resolved against `page`; one at another host is refused,
 * for the request would carry this host's token there.
 * @throws InvalidInputError
 */
export function nextPage(field: string | null | undefined, page: URL): URL | undefined {
  if (field === null || field === undefined) return undefined;
  if (field.length > LONGEST) throw refusal(`is longer than ${LONGEST / 1024} KiB`);
  for (let at = 0; at < field.length; at = LINK.lastIndex) {
    LINK.lastIndex = at;
    const found = LINK.exec(field);
    if (found === null) {
      if (/^[\s,]*$/.test(field.slice(at))) return undefined;
      throw refusal("is no list of links in angle brackets");
    }
    const [, target = "", parameters = ""] = found;
    const relation = REL.exec(parameters);
    const types = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/);
    if (types.includes("next")) return resolve(target, page);
  }
  return undefined;
}

function resolve(target: string, page: URL): URL {
  const url = URL.parse(target, page.href);
  if (url === null) throw refusal(`${JSON.stringify(target.slice(0, 200))} is no address`);
  if (url.origin !== page.origin) throw refusal(`leads from ${page.origin} to ${url.origin}`);
  return url;
}

function refusal(message: string): InvalidInputError {
  return new InvalidInputError("the registry's list", [{ field: "Link", message }]);
}

/** The field that a registry of ours sends. */
export function linkToNext(address: string): string {
  return `<${address}>; rel="next"`;
}
