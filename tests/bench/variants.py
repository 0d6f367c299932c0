# SPDX-License-Identifier: GPL-2.0-only
"""What is compared: ways to get a packet from a client to a server."""

import os

import frames
from lab import (CLIENTS, MAC, PEER_MAC, PORT, SERVERS, SOURCE, VIP, VPORT,
                 Director, Failed, get, put, sh)

REQUEST, REPLY = "request", "reply"
# Where each direction's packets come in and go out.
WAYS = {REQUEST: ("c", "s"), REPLY: ("s", "c")}
# protocol, family
KINDS = {"udp4": (frames.UDP, 4), "tcp4": (frames.TCP, 4),
         "udp6": (frames.UDP, 6)}


def endpoint(family, address, port):
    return "%s:%d" % (address if family == 4 else "[%s]" % address, port)


def vip(kind):
    protocol, family = KINDS[kind]
    return ("tcp" if protocol == frames.TCP else "udp",
            endpoint(family, VIP[family], VPORT))


class Variant:
    """A way of forwarding, in namespaces of its own."""

    delivers = True
    balances = True
    # Those whose packets pass by; what balances may see requests only.
    ways = tuple(WAYS)

    def __init__(self, name):
        self.name = name
        self.director = Director(name)
        with self.director.net:
            self.setup()
        self.director.start()

    def setup(self):
        """In the director's namespace."""

    def ready(self):
        """Once flows are established: raises Failed if they are not so as
        this variant means it."""

    def end(self):
        self.director.end()

    def requests(self, kind, nr):
        """The flows of NR clients' requests."""
        protocol, family = KINDS[kind]
        if self.balances:
            target = frames.address(VIP[family]), VPORT
            return frames.clients(CLIENTS[family], nr, protocol,
                                  lambda i: target)
        targets = [(frames.address(a), PORT) for a in SERVERS[family]]
        return frames.clients(CLIENTS[family], nr, protocol,
                              lambda i: targets[i % len(targets)])

    def frame(self, flow, way, **tcp):
        dev = WAYS[way][0]
        of = frames.mac(PEER_MAC % (1 if dev == "c" else 0x11))
        return frames.build(flow, MAC[dev], of, **tcp)

    def establish(self, generator, kind, nr):
        """Packs both ways' packets of NR flows, after they were seen to
        arrive as they should."""
        protocol = KINDS[kind][0]
        asked = list(self.requests(kind, nr))
        steps = [({}, {})] * 2
        if protocol == frames.TCP:
            data = {"flags": frames.ACK | frames.PUSH}
            steps = [({"flags": frames.SYN, "seq": 1000},
                      {"flags": frames.SYN | frames.ACK, "seq": 5000,
                       "ack": 1001})]
            steps += [({"seq": 1001, "ack": 5001, **data},
                       {"seq": 5001, "ack": 1001, **data})] * 2
        for request, reply in steps:
            packed = {REQUEST: frames.pack([self.frame(flow, REQUEST, **request)
                                            for flow in asked])}
            got = generator.watch(self.director, "c", packed[REQUEST], "s", nr)
            self.check_spread(kind, got, nr)
            if REPLY not in self.ways:
                continue
            packed[REPLY] = frames.pack([self.frame(flow.turned(), REPLY,
                                                    **reply) for flow in got])
            back = generator.watch(self.director, "s", packed[REPLY], "c", nr)
            if ({flow.turned().key() for flow in back} !=
                    {flow.key() for flow in asked}):
                raise Failed("%s: replies do not come from whom was asked" %
                             self.name)
        self.ready()
        return packed

    def target(self, family, server):
        """What requests for a server have: destination and port, and that of
        the packet which they are in, if they are in one."""
        return frames.address(server), PORT, None

    def mac(self, nr):
        """To which MAC the requests for the NR-th server go."""
        return frames.mac(PEER_MAC % (0x11 + nr))

    def check_spread(self, kind, flows, nr):
        family = KINDS[kind][1]
        servers = SERVERS[family]
        for i, server in enumerate(servers):
            to = (self.mac(i), *self.target(family, server))
            share = sum((flow.mac, flow.dst, flow.dport, flow.outer) == to
                        for flow in flows)
            if share != nr // len(servers):
                raise Failed("%s: %s has %d of %d flows" %
                             (self.name, server, share, nr))


class DR:
    """Of a method: requests go to the server's MAC as they are, replies do
    not pass by."""

    ways = (REQUEST,)
    port = VPORT

    def target(self, family, server):
        return frames.address(VIP[family]), VPORT, None


class IPIP(DR):
    """Of a method: the same in another IP packet to the server."""

    def target(self, family, server):
        return frames.address(VIP[family]), VPORT, frames.address(server)


class Routing(Variant):
    """Clients ask the servers themselves."""

    balances = False


class Drop(Routing):
    """The generator: frames that are some other host's, dropped at once."""

    delivers = False

    def frame(self, flow, way, **tcp):
        return frames.build(flow, frames.mac(PEER_MAC % 0xfe),
                            frames.mac(PEER_MAC % 1), **tcp)

    def establish(self, generator, kind, nr):
        asked = list(self.requests(kind, nr))
        tcp = {}
        if KINDS[kind][0] == frames.TCP:
            tcp = {"flags": frames.ACK | frames.PUSH, "seq": 1001, "ack": 5001}
        return {way: frames.pack([self.frame(flow, way, **tcp)
                                  for flow in flows])
                for way, flows in ((REQUEST, asked),
                                   (REPLY, [f.turned() for f in asked]))}


class Redirect(Routing):
    """Moves packets from device to device: what forwarding costs at least."""

    def setup(self):
        lines = []
        for dev, out in WAYS.values():
            lines += ["qdisc add dev %s clsact" % dev,
                      "filter add dev %s ingress matchall action mirred egress "
                      "redirect dev %s" % (dev, out)]
        sh("tc", "-batch", "-", stdin="\n".join(lines) + "\n")

    def mac(self, nr):
        return MAC["c"]


class IPVS(Variant):
    """In-kernel IPVS, NAT."""

    method, port = "-m", PORT

    def setup(self):
        lines = []
        for kind, (protocol, family) in KINDS.items():
            flag = "-t" if protocol == frames.TCP else "-u"
            name = vip(kind)[1]
            lines.append("-A %s %s -s rr" % (flag, name))
            lines += ["-a %s %s -r %s %s -w 1" %
                      (flag, name, endpoint(family, server, self.port),
                       self.method)
                      for server in SERVERS[family]]
        sh("ipvsadm", "-R", stdin="\n".join(lines) + "\n")


class IPVSDR(DR, IPVS):
    method = "-g"


class IPVSIPIP(IPIP, IPVS):
    method = "-i"


class NFT(Variant):
    """nftables' dnat, with conntrack."""

    extra = ""

    def setup(self):
        # One map for each protocol, so that each begins with its server 0.
        rules = ""
        for protocol in ("udp", "tcp"):
            servers = ", ".join("%d : %s" % pair
                                for pair in enumerate(SERVERS[4]))
            rules += ("ip daddr %s %s dport %d dnat to numgen inc mod %d "
                      "map { %s }:%d\n" % (VIP[4], protocol, VPORT,
                                           len(SERVERS[4]), servers, PORT))
        sh("nft", "-f", "-", stdin="table ip bench {\n%s"
           "chain prerouting {\n"
           "type nat hook prerouting priority dstnat\n%s}\n}\n" %
           (self.extra, rules))


class Flowtable(NFT):
    """The same, with established flows offloaded to a software flowtable."""

    extra = ("flowtable fast {\nhook ingress priority filter\n"
             "devices = { c, s }\n}\n"
             "chain forward {\ntype filter hook forward priority filter\n"
             "meta l4proto { tcp, udp } flow add @fast\n}\n")

    def ready(self):
        with self.director.net:
            nr = get("/proc/net/nf_conntrack").count("[OFFLOAD]")
        if nr < 1000:
            raise Failed("%s: only %d flows are offloaded" % (self.name, nr))


class VS(Variant):
    """vs, NAT."""

    kinds = tuple(KINDS)
    method, port = "nat", PORT
    # Of the service, by family.
    options = {4: "", 6: ""}

    def setup(self):
        lines = ["settings conns-max 1000000"]
        for kind in self.kinds:
            service = "%s %s" % vip(kind)
            family = KINDS[kind][1]
            lines.append("service add %s scheduler rr %s" %
                         (service, self.options[family]))
            lines += ["server add %s %s method %s weight 1" %
                      (service, endpoint(family, server, self.port),
                       self.method)
                      for server in SERVERS[family]]
        sh("vsadm", "--batch", "-", stdin="\n".join(lines) + "\n")


class VSDR(DR, VS):
    method = "dr"


class VSIPIP(IPIP, VS):
    method = "tunnel type ipip"


class VSFullNAT(VS):
    method = "fullnat"
    options = {4: "source-pool " + SOURCE[4],
               6: "source-pool [%s]" % SOURCE[6]}

    def check_spread(self, kind, flows, nr):
        super().check_spread(kind, flows, nr)
        source = frames.address(SOURCE[KINDS[kind][1]])
        if any(flow.src != source for flow in flows):
            raise Failed("%s: requests do not come from the pool" % self.name)


class Bystander(Routing, VS):
    """Routing while vs has services, but none that these packets are for.
    The replies come from what is a server of theirs: vs has to look twice."""

    kinds = ("udp4", "udp6")


EVERY = {"drop": Drop, "redirect": Redirect, "routing": Routing,
         "ip_vs": IPVS, "nft": NFT, "flowtable": Flowtable, "vs": VS,
         "bystander": Bystander, "vs-fullnat": VSFullNAT,
         "ip_vs-dr": IPVSDR, "vs-dr": VSDR,
         "ip_vs-ipip": IPVSIPIP, "vs-ipip": VSIPIP}
# Whose figures a variant's are compared with, if not those of ip_vs NAT.
PEERS = {"ip_vs-dr": "ip_vs-dr", "vs-dr": "ip_vs-dr",
         "ip_vs-ipip": "ip_vs-ipip", "vs-ipip": "ip_vs-ipip"}


def touch_memory(size):
    """A guest's memory comes from the host at the first touch of each page,
    which is no cost of a new conn."""
    path = "/dev/shm/bench-touch"
    there = os.statvfs("/dev/shm")
    size = min(size, there.f_bavail * there.f_frsize // 2)
    with open(path, "wb", buffering=0) as file:
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    os.unlink(path)


def prepare(with_vs):
    """Modules and limits that all variants share."""
    touch_memory(512 << 20)
    sh("modprobe", "ip_vs", "conn_tab_bits=20")
    sh("modprobe", "ip_vs_rr")
    # Of a guest with too little memory ip_vs takes a smaller table.
    if "(size=%d)" % (1 << 20) not in get("/proc/net/ip_vs"):
        raise Failed("ip_vs did not take conn_tab_bits=20: --mem 4096")
    put("/sys/module/nf_conntrack/parameters/hashsize", str(1 << 20))
    put("/proc/sys/net/netfilter/nf_conntrack_max", str(1 << 20))
    if with_vs:
        sh("vsadm", "help")
