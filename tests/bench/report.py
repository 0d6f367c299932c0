# SPDX-License-Identifier: GPL-2.0-only
"""From samples to figures, and how they are shown."""

import re
import statistics
import subprocess

LABELS = {
    "drop": "drop (generator)",
    "redirect": "redirect (limit)",
    "routing": "plain routing",
    "bystander": "routing, vs loaded",
    "ip_vs": "ip_vs NAT",
    "nft": "nft dnat",
    "flowtable": "nft flowtable",
    "vs": "vs NAT",
    "vs-fullnat": "vs full NAT",
    "ip_vs-dr": "ip_vs DR",
    "vs-dr": "vs DR",
    "ip_vs-ipip": "ip_vs IPIP",
    "vs-ipip": "vs IPIP",
}
TITLES = {
    "udp4": "established UDP over IPv4",
    "tcp4": "established TCP over IPv4",
    "udp6": "established UDP over IPv6",
    "new4": "every packet a new conn, UDP over IPv4",
}
SHORT = {"udp4": "UDP/IPv4", "tcp4": "TCP/IPv4", "udp6": "UDP/IPv6"}
METHODS = ["vs-fullnat", "vs-dr", "vs-ipip"]


def _figures(lines, frame):
    """A line's figures by direction and their mean; FRAME has those of the
    drop and redirect lines of its kind."""
    figures = {}
    for way, line in lines.items():
        low, middle, high = statistics.quantiles(line.samples, n=4)
        figures[way] = {"total": middle, "low": low, "high": high,
                        "delivered": line.arrived / line.sent}
    if len(figures) > 1:
        figures["mean"] = {key: statistics.mean(f[key]
                                                for f in figures.values())
                           for key in ("total", "low", "high", "delivered")}
    for way, figure in figures.items():
        figure["spread"] = (figure["high"] - figure["low"]) / figure["total"]
        for key, of in (("net", "drop"), ("own", "redirect")):
            if frame.get(of):
                figure[key] = figure["total"] - frame[of][way]["total"]
    return figures


def summarise(lines, peers):
    """LINES: {(kind, variant): {direction: Line}}, drop and redirect first.
    PEERS: {variant: whom it is compared with}, ip_vs NAT if it has no entry."""
    rows, errors, frames, figures = [], [], {}, {}
    for (kind, variant), pair in lines.items():
        row = {"kind": kind, "variant": variant}
        rows.append(row)
        bad = [line.error for line in pair.values() if line.error]
        if bad:
            row["error"] = bad[0]
            errors.append("%s, %s: %s" %
                          (TITLES[kind], LABELS[variant], bad[0]))
            continue
        frame = frames.setdefault(kind, {})
        row["figures"] = _figures(pair, frame)
        if variant in ("drop", "redirect"):
            frame[variant] = row["figures"]
            for figure in row["figures"].values():
                figure["net" if variant == "drop" else "own"] = 0.0
        figures[kind, variant] = row["figures"]
    for row in rows:
        peer = figures.get((row["kind"], peers.get(row["variant"], "ip_vs")))
        for way, figure in row.get("figures", {}).items():
            for key in ("net", "own"):
                if key in figure and peer and key in peer.get(way, {}):
                    figure[key + "_to_ip_vs"] = figure[key] / peer[way][key]
    return {"unit": "ns of CPU time per packet", "lines": rows,
            "errors": errors}


def rounded(value):
    """The same with no more digits than mean something."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return value


def conn_bytes(module):
    """sizeof(struct vs_conn) by the module's debug information, or None."""
    if not module:
        return None
    try:
        text = subprocess.run(["pahole", "-C", "vs_conn", module], text=True,
                              capture_output=True, check=False).stdout
    except FileNotFoundError:
        return None
    size = re.search(r"/\* size: (\d+)", text)
    return int(size.group(1)) if size else None


def _find(result, kind, variant):
    for row in result["lines"]:
        if (row["kind"], row["variant"]) == (kind, variant):
            return row.get("figures")
    return None


def targets(result):
    """The figures to reach: what, value, limit, whether it is met."""
    rows = []

    def target(what, value, limit, digits=2):
        rows.append({"what": what, "value": value, "limit": limit,
                     "digits": digits,
                     "met": None if value is None else value <= limit})

    for kind in ("udp4",):
        vs = _find(result, kind, "vs")
        routing = _find(result, kind, "routing")
        for way in ("request", "reply", "mean"):
            mine = vs[way] if vs else {}
            target("established NAT, %s: net of ip_vs NAT's" % way,
                   mine.get("net_to_ip_vs"), 0.60)
            target("established NAT, %s: own of ip_vs NAT's" % way,
                   mine.get("own_to_ip_vs"), 0.35)
            target("established NAT, %s: net of plain routing's" % way,
                   mine["net"] / routing[way]["net"]
                   if vs and routing else None, 1.0)
    for variant in METHODS:
        for kind in SHORT:
            for way, figure in (_find(result, kind, variant) or
                                {"request": {}}).items():
                for key, limit in (("net", 0.65), ("own", 0.45)):
                    target("%s, %s, %s: %s" % (LABELS[variant], SHORT[kind],
                                               way, key),
                           figure.get(key + "_to_ip_vs"), limit)
    vs = _find(result, "new4", "vs")
    target("new conns: net of ip_vs NAT's",
           vs["request"].get("net_to_ip_vs") if vs else None, 0.80)
    target("sizeof(struct vs_conn)", result["conn_bytes"], 256, 0)
    return rows


def _cell(value, form):
    """The value, or a dash as wide."""
    return form % value if value is not None else "-".rjust(len(form % 0))


def _row(first, cells):
    print(" | ".join(["%-18s" % first] + cells).rstrip())


def _cells(figure):
    """A direction of a line; blank if its packets do not pass by."""
    if not figure:
        return " " * 36
    return " ".join((_cell(figure["total"], "%6.0f"),
                     _cell(figure.get("net"), "%5.0f"),
                     _cell(figure.get("own"), "%5.0f"),
                     "%3.0f" % (50 * figure["spread"]),
                     _cell(figure.get("net_to_ip_vs"), "%6.2f"),
                     _cell(figure.get("own_to_ip_vs"), "%6.2f")))


def _show_kind(kind, rows):
    ways = [w for w in ("request", "reply") if any(
        w in row.get("figures", {}) for row in rows)]
    if len(ways) > 1:
        ways.append("mean")
    print("\n%s" % TITLES[kind])
    _row("", ["%-36s" % way for way in ways])
    _row("", [" total   net   own +-% net/ip own/ip"
              for _ in ways])
    for row in rows:
        if "error" in row:
            _row(LABELS[row["variant"]], ["INVALID: " + row["error"]])
            continue
        _row(LABELS[row["variant"]],
             [_cells(row["figures"].get(way)) for way in ways])


def show(result):
    rounds = result["rounds"]
    print("ns of CPU time per packet, Linux %s; medians of %d rounds of %d "
          "packets of %d flows (new conns: %d rounds of %d)" %
          (result["kernel"], rounds["established"], rounds["packets"],
           rounds["flows"], rounds["new"], rounds["new_conns"]))
    print("net: less the drop line; own: less the redirect line; +-%: half "
          "the distance of the quartiles;\nnet/ip, own/ip: as a share of "
          "what ip_vs takes for the same method,\nor for NAT where it has "
          "none such")
    for kind in TITLES:
        rows = [row for row in result["lines"] if row["kind"] == kind]
        if rows:
            _show_kind(kind, rows)
    routing = _find(result, "udp4", "routing")
    bystander = _find(result, "udp4", "bystander")
    if routing and bystander:
        print("\nvs costs packets that are none of its own: %+.0f ns" %
              (bystander["mean"]["total"] - routing["mean"]["total"]))
    print("\nfigures to reach")
    for row in result["targets"]:
        verdict = {True: "met", False: "MISSED", None: "not measured"}
        print("  %-51s %5s  at most %.*f  %s" % (
            row["what"], _cell(row["value"], "%%.%df" % row["digits"]),
            row["digits"], row["limit"], verdict[row["met"]]))
    for error in result["errors"]:
        print("INVALID: " + error)
