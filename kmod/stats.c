// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: counters, one block for each CPU, added up when they are read.
 */

#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "vs.h"

static const char *const vs_drop_names[] = {
	[VS_DROP_NO_CONN] = "no-conn",
	[VS_DROP_NO_SERVER] = "no-server",
	[VS_DROP_CONNS_MAX] = "conns-max",
	[VS_DROP_NO_MEMORY] = "no-memory",
	[VS_DROP_CLASH] = "clash",
	[VS_DROP_NO_SOURCE] = "no-source",
	[VS_DROP_FRAGMENT] = "fragment",
	[VS_DROP_NO_ROUTE] = "no-route",
	[VS_DROP_TTL] = "ttl",
	[VS_DROP_TOO_BIG] = "too-big",
	[VS_DROP_HELPER] = "helper",
};

static_assert(ARRAY_SIZE(vs_drop_names) == VS_DROP_MAX);

/**
 * vs_stats_alloc() - counters for one server, all 0
 *
 * Context: process; may sleep.
 * Return: them, to be freed by free_percpu(), or NULL.
 */
struct vs_stats_cpu __percpu *vs_stats_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct vs_stats_cpu);
}

/**
 * vs_stats_conn() - count a conn
 * @stats: its server's counters
 *
 * Context: BH off.
 */
void vs_stats_conn(struct vs_stats_cpu __percpu *stats)
{
	struct vs_stats_cpu *cpu = this_cpu_ptr(stats);

	u64_stats_update_begin(&cpu->syncp);
	u64_stats_inc(&cpu->conns);
	u64_stats_update_end(&cpu->syncp);
}

/**
 * vs_stats_segments() - how many packets a GSO packet stands for
 * @skb: the GSO packet
 * @pkt: what vs_packet_parse() found: it was VS_PARSED
 *
 * A virtual machine's packets come uncounted (SKB_GSO_DODGY).
 *
 * Context: any.
 * Return: their number, at least 1.
 */
unsigned int vs_stats_segments(const struct sk_buff *skb,
			       const struct vs_packet *pkt)
{
	unsigned int hdrlen = pkt->l4 - pkt->l3;
	const struct tcphdr *th;
	struct tcphdr buf;

	if (likely(skb_shinfo(skb)->gso_segs))
		return skb_shinfo(skb)->gso_segs;

	if (pkt->tuple.protocol == IPPROTO_TCP) {
		th = skb_header_pointer(skb, pkt->l4, sizeof(buf), &buf);
		hdrlen += th ? __tcp_hdrlen(th) : sizeof(*th);
	} else {
		hdrlen += sizeof(struct udphdr);
	}
	if (pkt->len <= hdrlen)
		return 1;
	return DIV_ROUND_UP(pkt->len - hdrlen, skb_shinfo(skb)->gso_size);
}

/**
 * vs_stats_sum() - read a server's counters
 * @sum: they are added to it
 * @stats: the counters
 *
 * Context: any but NMI.
 */
void vs_stats_sum(struct vs_stats *sum, struct vs_stats_cpu __percpu *stats)
{
	struct vs_stats one;
	unsigned int start;
	int i;

	for_each_possible_cpu(i) {
		const struct vs_stats_cpu *cpu = per_cpu_ptr(stats, i);

		do {
			start = u64_stats_fetch_begin(&cpu->syncp);
			one.conns = u64_stats_read(&cpu->conns);
			one.in_packets = u64_stats_read(&cpu->in_packets);
			one.in_bytes = u64_stats_read(&cpu->in_bytes);
			one.out_packets = u64_stats_read(&cpu->out_packets);
			one.out_bytes = u64_stats_read(&cpu->out_bytes);
		} while (u64_stats_fetch_retry(&cpu->syncp, start));
		vs_stats_add(sum, &one);
	}
}

/**
 * vs_stats_add() - add counters that were read
 * @sum: they are added to it
 * @more: the counters
 *
 * Context: any.
 */
void vs_stats_add(struct vs_stats *sum, const struct vs_stats *more)
{
	sum->conns += more->conns;
	sum->in_packets += more->in_packets;
	sum->in_bytes += more->in_bytes;
	sum->out_packets += more->out_packets;
	sum->out_bytes += more->out_bytes;
}

/**
 * vs_drops_alloc() - counters of dropped packets, all 0
 *
 * Context: process; may sleep.
 * Return: them, to be freed by free_percpu(), or NULL.
 */
struct vs_drops __percpu *vs_drops_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct vs_drops);
}

/**
 * vs_drops_count() - count a dropped packet
 * @drops: its namespace's counters
 * @reason: why it was dropped
 *
 * Context: BH off.
 */
void vs_drops_count(struct vs_drops __percpu *drops, enum vs_drop reason)
{
	struct vs_drops *cpu = this_cpu_ptr(drops);

	u64_stats_update_begin(&cpu->syncp);
	u64_stats_inc(&cpu->packets[reason]);
	u64_stats_update_end(&cpu->syncp);
}

/**
 * vs_drops_sum() - read how many packets were dropped
 * @drops: a namespace's counters
 * @reason: for this reason
 *
 * Context: any but NMI.
 * Return: how many.
 */
u64 vs_drops_sum(struct vs_drops __percpu *drops, enum vs_drop reason)
{
	unsigned int start;
	u64 one, sum = 0;
	int i;

	for_each_possible_cpu(i) {
		const struct vs_drops *cpu = per_cpu_ptr(drops, i);

		do {
			start = u64_stats_fetch_begin(&cpu->syncp);
			one = u64_stats_read(&cpu->packets[reason]);
		} while (u64_stats_fetch_retry(&cpu->syncp, start));
		sum += one;
	}
	return sum;
}

/**
 * vs_drop_name() - what users call a reason
 * @reason: the reason
 *
 * Context: any.
 * Return: its name.
 */
const char *vs_drop_name(enum vs_drop reason)
{
	return vs_drop_names[reason];
}
