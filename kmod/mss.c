// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: lowers the MSS that a SYN announces to what fits a path. The options are
 * the sender's word: none is read beyond the header's end, and one whose length
 * makes no sense ends the reading.
 */
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/tcp.h>

#include "vs.h"

/*
 * Lowers one option's value, @at bytes into the header. At an odd place its two
 * bytes are in two words of the checksum, each in the other half.
 */
static void vs_mss_lower(struct sk_buff *skb, struct tcphdr *th,
			 unsigned int at, u16 max)
{
	u8 *value = (u8 *)th + at;
	u16 now = value[0] << 8 | value[1];
	__be16 from = htons(now), to = htons(max);

	if (now <= max)
		return;
	value[0] = max >> 8;
	value[1] = max;
	if (at % 2) {
		from = (__force __be16)swab16((__force u16)from);
		to = (__force __be16)swab16((__force u16)to);
	}
	inet_proto_csum_replace2(&th->check, skb, from, to, false);
}

/**
 * vs_mss_clamp() - lower the MSS option of a SYN
 * @skb: the packet; its header may move, its offsets stay
 * @pkt: what vs_packet_parse() found: it was VS_PARSED, of TCP, with a SYN
 * @max: what the option is to be at most
 *
 * A SYN without the option gets none: its peer then sends 536 bytes, or 1220.
 * The checksum stays what it was: right, wrong, or left to a device.
 *
 * Context: any.
 * Return: 0, or -ENOMEM with the packet unchanged.
 */
int vs_mss_clamp(struct sk_buff *skb, const struct vs_packet *pkt, u16 max)
{
	unsigned int at = sizeof(struct tcphdr), len;
	struct tcphdr *th;
	u8 *option;

	if (skb_ensure_writable(skb, pkt->l4 + sizeof(*th)))
		return -ENOMEM;
	th = (struct tcphdr *)(skb->data + pkt->l4);
	/* Read once: what the writing below may move is still that long. */
	len = th->doff * 4;
	if (skb_ensure_writable(skb, pkt->l4 + len))
		return -ENOMEM;
	th = (struct tcphdr *)(skb->data + pkt->l4);
	option = (u8 *)th;

	while (at + TCPOLEN_MSS <= len && option[at] != TCPOPT_EOL) {
		if (option[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (option[at + 1] < 2)
			break;
		if (option[at] == TCPOPT_MSS && option[at + 1] == TCPOLEN_MSS)
			vs_mss_lower(skb, th, at + 2, max);
		at += option[at + 1];
	}
	return 0;
}
