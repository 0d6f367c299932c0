// SPDX-License-Identifier: GPL-2.0-only
/* vs: tests of role.c. */

#include <kunit/test.h>
#include <linux/module.h>

#include "../../kmod/role.c"

static const union vs_addr vs_v4 = { .ip = htonl(0xcb00710a) };
static const union vs_addr vs_v6 = {
	.in6 = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, [15] = 0x10 } },
};

static struct vs_net *vs_role_net(struct kunit *test)
{
	struct vs_net *vn = kunit_kzalloc(test, sizeof(*vn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vn);
	KUNIT_ASSERT_EQ(test, vs_role_net_init(vn), 0);
	return vn;
}

static bool vs_has(struct vs_net *vn, enum vs_role role, u8 family,
		   const union vs_addr *addr, u16 port)
{
	bool has;

	rcu_read_lock();
	has = vs_role_has(vn, role, family, addr, htons(port));
	rcu_read_unlock();
	return has;
}

/* It is there from the first time it was given to the last taken back. */
static void vs_role_test_counts(struct kunit *test)
{
	struct vs_net *vn = vs_role_net(test);
	int i;

	KUNIT_EXPECT_FALSE(test, vs_has(vn, VS_ROLE_ECHO, NFPROTO_IPV4, &vs_v4,
					0));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, 0, vs_role_add(vn, VS_ROLE_ECHO,
						     NFPROTO_IPV4, &vs_v4, 0));
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, vs_has(vn, VS_ROLE_ECHO, NFPROTO_IPV4,
					       &vs_v4, 0));
		vs_role_del(vn, VS_ROLE_ECHO, NFPROTO_IPV4, &vs_v4, 0);
	}
	KUNIT_EXPECT_FALSE(test, vs_has(vn, VS_ROLE_ECHO, NFPROTO_IPV4, &vs_v4,
					0));
	KUNIT_EXPECT_EQ(test, atomic_read(&vn->roles.nelems), 0);
	vs_role_net_exit(vn);
}

/* Another address, family or role is another; a port is GUE's alone. */
static void vs_role_test_keys(struct kunit *test)
{
	struct vs_net *vn = vs_role_net(test);

	KUNIT_ASSERT_EQ(test, 0, vs_role_add(vn, VS_ROLE_GUE, NFPROTO_IPV6,
					     &vs_v6, htons(6080)));
	KUNIT_EXPECT_TRUE(test, vs_has(vn, VS_ROLE_GUE, NFPROTO_IPV6, &vs_v6,
				       6080));
	KUNIT_EXPECT_FALSE(test, vs_has(vn, VS_ROLE_GUE, NFPROTO_IPV6, &vs_v6,
					6081));
	KUNIT_EXPECT_FALSE(test, vs_has(vn, VS_ROLE_GRE, NFPROTO_IPV6, &vs_v6,
					6080));
	KUNIT_EXPECT_FALSE(test, vs_has(vn, VS_ROLE_GUE, NFPROTO_IPV4, &vs_v6,
					6080));
	vs_role_del(vn, VS_ROLE_GUE, NFPROTO_IPV6, &vs_v6, htons(6080));

	/* Whatever stands after an IPv4 address. */
	KUNIT_ASSERT_EQ(test, 0, vs_role_add(vn, VS_ROLE_IPIP, NFPROTO_IPV4,
					     &vs_v6, htons(1)));
	KUNIT_EXPECT_TRUE(test, vs_has(vn, VS_ROLE_IPIP, NFPROTO_IPV4,
				       &(union vs_addr){ .ip = vs_v6.ip }, 2));
	vs_role_del(vn, VS_ROLE_IPIP, NFPROTO_IPV4, &vs_v6, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&vn->roles.nelems), 0);
	vs_role_net_exit(vn);
}

static struct kunit_case vs_role_cases[] = {
	KUNIT_CASE(vs_role_test_counts),
	KUNIT_CASE(vs_role_test_keys),
	{}
};

static struct kunit_suite vs_role_suite = {
	.name = "vs_role",
	.test_cases = vs_role_cases,
};

kunit_test_suite(vs_role_suite);
