// The file that lists the other hosts of a vxlan: an address a line, behind it the MAC addresses that are known to be there, if any. `#` begins a
// comment. Whoever keeps the file may do so by a program: it is read again by `teu network reload`.
import { TeuError } from "../../base/errors.ts";
import { parseAddress } from "../address/address.ts";
import type { Peer } from "./driver.ts";

/** @throws TeuError `invalid` that names the line */
export function parsePeers(text: string, path: string): Peer[] {
  return text.split("\n").flatMap((line, index) => {
    const [address, ...macs] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (address === undefined || address === "") return [];
    const where = `${path}:${index + 1}`;
    const wrong = macs.find((mac) => !/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(mac));
    if (wrong !== undefined) throw new TeuError("invalid", `${where}: ${JSON.stringify(wrong)} is not a MAC address`);
    return [{ address: parseAddress(address, where), macs: macs.map((mac) => mac.toLowerCase()) }];
  });
}
