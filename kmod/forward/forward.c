// SPDX-License-Identifier: GPL-2.0-only
/* The methods by which packets reach a server. */
#include <linux/kernel.h>

#include "../vs.h"

static const struct vs_forward_ops *const methods[] = {
	[VS_METHOD_NAT] = &vs_forward_nat,
	[VS_METHOD_DR] = &vs_forward_dr,
	[VS_METHOD_TUNNEL] = &vs_forward_tunnel,
	[VS_METHOD_FULLNAT] = &vs_forward_fullnat,
	[VS_METHOD_LOCAL] = &vs_forward_local,
};

/**
 * vs_forward_find() - a method by its number
 * @method: enum vs_method
 *
 * Return: it, or NULL if there is none.
 */
const struct vs_forward_ops *vs_forward_find(enum vs_method method)
{
	return (unsigned int)method < ARRAY_SIZE(methods) ? methods[method] :
							    NULL;
}
