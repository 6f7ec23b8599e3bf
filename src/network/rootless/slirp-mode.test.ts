import { expect, test } from "bun:test";
import { slirpAsPasta } from "./slirp-mode.ts";

const IPV4 = "-a 10.0.2.100 -n 24 -g 10.0.2.2 --dns-forward 10.0.2.3";
const IPV6 = "-a fd00::100 -g fd00::2";

// biome-ignore format: table
const WORDS: readonly (readonly [options: string, words: string])[] = [
  ["",                                        `-I tap0 ${IPV4} ${IPV6} -m 65520`],
  ["port_handler=slirp4netns",                `-I tap0 ${IPV4} ${IPV6} -m 65520`],
  ["allow_host_loopback=true,mtu=1500",       `-I tap0 --map-gw ${IPV4} ${IPV6} -m 1500`],
  ["cidr=172.30.0.0/16,enable_ipv6=false",    "-I tap0 -a 172.30.0.100 -n 16 -g 172.30.0.2 --dns-forward 172.30.0.3 -4 -m 65520"],
  ["outbound_addr=10.1.0.1",                  `-I tap0 ${IPV4} ${IPV6} -m 65520 -o 10.1.0.1`],
  ["outbound_addr=eth0,outbound_addr6=fd01::1", `-I tap0 ${IPV4} ${IPV6} -m 65520 --outbound-if4 eth0 -o fd01::1`],
];
test.each(WORDS)("%p is what pasta calls %p", (options, words) => {
  expect(slirpAsPasta(options === "" ? [] : options.split(",")).join(" ")).toBe(words);
});

// biome-ignore format: table
const REFUSED: readonly (readonly [options: string, message: string])[] = [
  ["hostname=x",                              "slirp4netns: hostname=x is not one of allow_host_loopback, cidr, enable_ipv6, mtu, outbound_addr, outbound_addr6, port_handler"],
  ["mtu=9",                                   "slirp4netns: mtu=9 is not a number from 1280 to 65520"],
  ["enable_ipv6=yes",                         "slirp4netns: enable_ipv6=yes is not true or false"],
  ["cidr=10.0.2.0/30",                        "slirp4netns: cidr=10.0.2.0/30 is not a subnet of IPv4, /25 or wider"],
  ["cidr=ten",                                'slirp4netns: cidr: "ten" is not a network'],
  ["outbound_addr=::1",                       "slirp4netns: outbound_addr=::1 is not an IPv4 address or an interface"],
  ["enable_ipv6=false,outbound_addr6=::1",    "slirp4netns: outbound_addr6 needs enable_ipv6=true"],
  ["port_handler=rootlesskit",                "slirp4netns: port_handler=rootlesskit: ports are published with their clients' addresses"],
];
test.each(REFUSED)("%p is refused", (options, message) => expect(() => slirpAsPasta(options.split(","))).toThrow(message));
