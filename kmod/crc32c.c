// SPDX-License-Identifier: GPL-2.0-only
/*
 * vs: what a change of a packet's first bytes does to the CRC32c at its end.
 *
 * A CRC is linear: those of two messages of one length differ by that of their
 * difference, reckoned without the ones that it begins and ends with. Here the
 * difference is a word and then zeroes, each of which multiplies the polynomial
 * by x^8, so it takes a few products however long the packet is, none of whose
 * bytes are read. What was a wrong checksum stays one.
 */
#include <linux/bits.h>

#include "vs.h"

/* The bit of x^31 is the lowest, as SCTP has it. */
#define VS_CRC32C_POLYNOMIAL	0x82f63b78

/* x^(8 * 2^i) modulo the polynomial. */
static const u32 vs_crc32c_powers[] = {
	0x00800000, 0x00008000, 0x82f63b78, 0x6ea2d55c,
	0x18b8ea18, 0x510ac59a, 0xb82be955, 0xb8fdb1e7,
	0x88e56f72, 0x74c360a4, 0xe4172b16, 0x0d65762a,
	0x35d73a62, 0x28461564, 0xbf455269, 0xe2ea32dc,
	0xfe7740e6, 0xf946610b, 0x3c204f8f, 0x538586e3,
	0x59726915, 0x734d5309, 0xbc1ac763, 0x7d0722cc,
	0xd289cabe, 0xe94ca9bc, 0x05b74f3f, 0xa51e1f42,
	0x40000000, 0x20000000, 0x08000000, 0x00800000,
};

static u32 vs_crc32c_product(u32 a, u32 b)
{
	u32 product = 0;

	for (; a; a <<= 1) {
		if (a & BIT(31))
			product ^= b;
		b = b >> 1 ^ (b & 1 ? VS_CRC32C_POLYNOMIAL : 0);
	}
	return product;
}

/**
 * vs_crc32c_change() - what a change of the first word does to a CRC32c
 * @change: exclusive or of the word before and after, read as little-endian
 * @len: bytes of the message, at least 4
 *
 * Context: any.
 * Return: exclusive or of the CRC before and after.
 */
u32 vs_crc32c_change(u32 change, u32 len)
{
	unsigned int i;

	for (i = 0; len; i++, len >>= 1)
		if (len & 1)
			change = vs_crc32c_product(vs_crc32c_powers[i], change);
	return change;
}
