// Operations on a chain of CNI plugins, in the network namespace that this is started in: `bun program.ts REQUEST`, JSON to JSON.
import { keptAttachments } from "../../../src/network/cni/cache.ts";
import { addAttachment, checkAttachment, deleteAttachment } from "../../../src/network/cni/chain.ts";
import { PLUGIN_FOLDERS, PLUGIN_TIMEOUT } from "../../../src/network/cni/plugin.ts";
import type { CniAttachment } from "../../../src/network/cni/request.ts";
import { addressesInside } from "../../../src/network/cni/result.ts";

export interface CniRequest {
  readonly command: "ADD" | "CHECK" | "DEL";
  readonly conflist: string;
  readonly cache: string;
  readonly attachment: CniAttachment;
}

const { command, conflist, cache, attachment } = JSON.parse(process.argv[2] ?? "") as CniRequest;
const network = { name: "lab", conflist };
const places = { cache, path: PLUGIN_FOLDERS, timeout: PLUGIN_TIMEOUT };
const kept = () => keptAttachments(cache, attachment.containerId)[0]?.result;
if (command === "ADD") console.log(JSON.stringify(addressesInside(await addAttachment(network, attachment, places), attachment.interface)));
if (command === "CHECK") await checkAttachment(network, attachment, places, kept() ?? {});
if (command === "DEL") await deleteAttachment(network, attachment, places, kept());
