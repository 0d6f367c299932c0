/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vs: packets that are of no conn, and what they are known by: role.c, echo.c,
 * icmp.c. Part of vs.h, which is the one to include.
 */
#ifndef _VS_ICMP_H
#define _VS_ICMP_H

/* role.c: what addresses are to vs besides */

/**
 * enum vs_role - what an address is besides
 * @VS_ROLE_ECHO: a virtual address whose echo requests are answered
 * @VS_ROLE_IPIP: where IPIP packets are sent
 * @VS_ROLE_GRE: where GRE packets are sent
 * @VS_ROLE_GUE: where GUE packets are sent, with a port
 */
enum vs_role {
	VS_ROLE_ECHO,
	VS_ROLE_IPIP,
	VS_ROLE_GRE,
	VS_ROLE_GUE,
};

int vs_role_add(struct vs_net *vn, enum vs_role role, u8 family,
		const union vs_addr *addr, __be16 port);
void vs_role_del(struct vs_net *vn, enum vs_role role, u8 family,
		 const union vs_addr *addr, __be16 port);
bool vs_role_has(struct vs_net *vn, enum vs_role role, u8 family,
		 const union vs_addr *addr, __be16 port);
int vs_role_net_init(struct vs_net *vn);
void vs_role_net_exit(struct vs_net *vn);

/* echo.c: echo requests */

unsigned int vs_echo(struct vs_net *vn, struct sk_buff *skb, u8 family);

/* icmp.c: errors */

unsigned int vs_icmp(struct vs_net *vn, struct sk_buff *skb,
		     const struct nf_hook_state *state);

#endif /* _VS_ICMP_H */
