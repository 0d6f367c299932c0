// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: fragments are put together by the kernel's own reassembly, in queues that
 * conntrack's do not share. The stack takes the packet apart again when it
 * leaves.
 */
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "vs.h"

/* One without neighbours is whole: RFC 6946. */
static bool is_fragment6(const struct sk_buff *skb)
{
	const struct frag_hdr *fh;
	unsigned int off = 0;
	struct frag_hdr buf;

	if (ipv6_find_hdr(skb, &off, NEXTHDR_FRAGMENT, NULL, NULL) < 0)
		return false;
	fh = skb_header_pointer(skb, off, sizeof(buf), &buf);
	return fh && fh->frag_off & htons(IP6_OFFSET | IP6_MF);
}

/**
 * vs_fragment_is() - whether a packet is a fragment
 * @skb: the packet, at its network header, which is linear
 * @family: NFPROTO_*
 *
 * Context: any.
 * Return: true if it is the first or a later one.
 */
bool vs_fragment_is(const struct sk_buff *skb, u8 family)
{
	return family == NFPROTO_IPV4 ? ip_is_fragment(ip_hdr(skb)) :
					is_fragment6(skb);
}

/**
 * vs_fragment_gather() - wait for the other fragments of a packet
 * @net: namespace
 * @skb: one of them, at its network header
 * @family: NFPROTO_*
 *
 * Context: RCU read side, BH off.
 * Return: 0 if with this one the packet is whole, and @skb is the packet;
 * -EINPROGRESS if it is not, or another error if this one is not to be had:
 * then @skb is not the caller's any more.
 */
int vs_fragment_gather(struct net *net, struct sk_buff *skb, u8 family)
{
	int err;

	if (family == NFPROTO_IPV4) {
		err = ip_defrag(net, skb, IP_DEFRAG_VS_IN);
		/* It is to be fragmented again, whatever it says. */
		if (!err)
			skb->ignore_df = 1;
		return err;
	}
	err = nf_ct_frag6_gather(net, skb, IP_DEFRAG_VS_IN);
	if (err && err != -EINPROGRESS)
		kfree_skb(skb);
	return err;
}
