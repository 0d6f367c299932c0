// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for vs.ko in tests/vm/selftest: writing a word to /proc/faulty
 * does what a correct module never does, and the lab has to notice.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

static DEFINE_SPINLOCK(first);
static DEFINE_SPINLOCK(second);
static void __rcu *pointer;
static void *kept;
static int numbers[8];

static noinline void fail_warn(void)
{
	WARN_ON(1);
}

static noinline void fail_null(void)
{
	*(volatile int *)8 = 1;
}

static noinline void fail_panic(void)
{
	panic("faulty");
}

static noinline void fail_hang(void)
{
	for (;;)
		cpu_relax();
}

static noinline void fail_busy(void)
{
	__module_get(THIS_MODULE);
}

static noinline void fail_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(0);

	refcount_inc(&count);
}

static noinline void fail_cache(void)
{
	struct kmem_cache *cache = kmem_cache_create("faulty", 64, 0, 0, NULL);

	kept = kmem_cache_alloc(cache, GFP_KERNEL);
	kmem_cache_destroy(cache);
}

/* The namespace of the caller can never end. */
static noinline void fail_device(void)
{
	kept = dev_get_by_name(current->nsproxy->net_ns, "held");
}

static noinline void fail_leak(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	memset(memory, 1, 100);
	OPTIMIZER_HIDE_VAR(memory);
}

/* No leak as long as the module is there, but one when it is gone. */
static noinline void fail_forget(void)
{
	kept = kmalloc(100, GFP_KERNEL);
	memset(kept, 1, 100);
}

static noinline void fail_order(void)
{
	spin_lock(&first);
	spin_lock(&second);
	spin_unlock(&second);
	spin_unlock(&first);
	spin_lock(&second);
	spin_lock(&first);
	spin_unlock(&first);
	spin_unlock(&second);
}

static noinline void fail_rcu(void)
{
	kept = rcu_dereference(pointer);
}

static noinline void fail_freed(void)
{
	char *memory = kmalloc(100, GFP_KERNEL);

	kfree(memory);
	OPTIMIZER_HIDE_VAR(memory);
	*(volatile char *)memory = 1;
}

static noinline void fail_bounds(void)
{
	int i = 9;

	OPTIMIZER_HIDE_VAR(i);
	*(volatile int *)&numbers[i & 15] = 1;
}

static noinline void fail_sleep(void)
{
	spin_lock(&first);
	msleep(1);
	spin_unlock(&first);
}

static const struct {
	const char *word;
	void (*fail)(void);
} faults[] = {
	{ "warn", fail_warn }, { "null", fail_null }, { "panic", fail_panic },
	{ "hang", fail_hang }, { "busy", fail_busy }, { "cache", fail_cache },
	{ "refcount", fail_refcount }, { "device", fail_device },
	{ "leak", fail_leak }, { "forget", fail_forget }, { "rcu", fail_rcu },
	{ "order", fail_order }, { "freed", fail_freed },
	{ "bounds", fail_bounds }, { "sleep", fail_sleep },
};

static ssize_t faulty_write(struct file *file, const char __user *from,
			    size_t size, loff_t *pos)
{
	char word[16] = {};
	int i;

	if (size >= sizeof(word) || copy_from_user(word, from, size))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(word, faults[i].word)) {
			faults[i].fail();
			return size;
		}
	}
	return -EINVAL;
}

static const struct proc_ops faulty_ops = { .proc_write = faulty_write };

static int __init faulty_init(void)
{
	return proc_create("faulty", 0600, NULL, &faulty_ops) ? 0 : -ENOMEM;
}

static void __exit faulty_exit(void)
{
	remove_proc_entry("faulty", NULL);
}

module_init(faulty_init);
module_exit(faulty_exit);
MODULE_DESCRIPTION("What a module must not do");
MODULE_LICENSE("GPL");
