// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: where a namespace's data is. main.c registers the id; whoever starts
 * from a namespace asks here.
 */
#include <net/netns/generic.h>

#include "vs.h"

unsigned int vs_net_id __read_mostly;

/**
 * vs_net() - what a namespace has of vs
 * @net: the namespace
 *
 * Return: it, never NULL while the module is there.
 */
struct vs_net *vs_net(const struct net *net)
{
	return net_generic(net, vs_net_id);
}
