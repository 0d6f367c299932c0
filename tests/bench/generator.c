// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet generator of tests/bench/run: hands frames to the stack as a
 * driver's poll function would, each in a fresh skb of its own. (pktgen can
 * play neither TCP nor the replies of the server that a balancer chose.)
 *
 *   /sys/kernel/debug/vs_bench/frames  write: a list of frames, each a u16 of
 *                                      its length and its bytes
 *   /sys/kernel/debug/vs_bench/run     write: DEVICE CYCLES: receives the list
 *                                      so often on that device, a name of the
 *                                      writer's network namespace; read:
 *                                      packets and nanoseconds of the last run
 */
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>
#include <net/net_namespace.h>

/* Packets that are received with BH off, as many as NAPI polls at once. */
#define BENCH_BATCH	64
#define BENCH_BYTES_MAX	(64 << 20)

static DEFINE_MUTEX(bench_lock); /* protects all that follows */
static u8 *bench_bytes;
static u8 **bench_frames;
static unsigned int bench_nr;
static u64 bench_packets;
static u64 bench_ns;
static struct dentry *bench_dir;

static u16 bench_len(const u8 *frame)
{
	u16 len;

	memcpy(&len, frame, sizeof(len));
	return len;
}

/* How many frames the bytes are; 0 if they are no list of frames. */
static unsigned int bench_count(const u8 *bytes, size_t size)
{
	unsigned int nr = 0;
	size_t at = 0;
	u16 len;

	while (at < size) {
		if (size - at < sizeof(len))
			return 0;
		len = bench_len(bytes + at);
		at += sizeof(len);
		if (len < ETH_HLEN || len > ETH_FRAME_LEN || len > size - at)
			return 0;
		at += len;
		nr++;
	}
	return nr;
}

static void bench_forget(void)
{
	kvfree(bench_frames);
	kvfree(bench_bytes);
	bench_frames = NULL;
	bench_bytes = NULL;
	bench_nr = 0;
}

static ssize_t bench_frames_write(struct file *file, const char __user *from,
				  size_t size, loff_t *pos)
{
	unsigned int i, nr;
	u8 **frames;
	u8 *bytes;
	u8 *at;

	if (!size || size > BENCH_BYTES_MAX)
		return -EINVAL;
	bytes = kvmalloc(size, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	if (copy_from_user(bytes, from, size)) {
		kvfree(bytes);
		return -EFAULT;
	}
	nr = bench_count(bytes, size);
	frames = nr ? kvmalloc_array(nr, sizeof(*frames), GFP_KERNEL) : NULL;
	if (!frames) {
		kvfree(bytes);
		return nr ? -ENOMEM : -EINVAL;
	}
	for (i = 0, at = bytes; i < nr; i++, at += sizeof(u16) + bench_len(at))
		frames[i] = at;

	mutex_lock(&bench_lock);
	bench_forget();
	bench_bytes = bytes;
	bench_frames = frames;
	bench_nr = nr;
	mutex_unlock(&bench_lock);
	return size;
}

/*
 * In UML the CPU time of the kernel's one host thread, so that what else runs
 * on the host does not count.
 */
static u64 bench_clock(void)
{
#ifdef CONFIG_UML
	const long thread_cputime = 3;
	struct {
		long sec;
		long nsec;
	} now;
	long ret;

	asm volatile("syscall"
		     : "=a" (ret)
		     : "0" ((long)__NR_clock_gettime), "D" (thread_cputime),
		       "S" (&now)
		     : "rcx", "r11", "memory");
	if (WARN_ON_ONCE(ret))
		return 0;
	return now.sec * NSEC_PER_SEC + now.nsec;
#else
	return ktime_get_ns();
#endif
}

static int bench_receive(struct net_device *dev, const u8 *frame)
{
	u16 len = bench_len(frame);
	struct sk_buff *skb;

	skb = netdev_alloc_skb_ip_align(dev, len);
	if (!skb)
		return -ENOMEM;
	skb_put_data(skb, frame + sizeof(len), len);
	skb->protocol = eth_type_trans(skb, dev);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	netif_receive_skb(skb);
	return 0;
}

static int bench_cycle(struct net_device *dev)
{
	unsigned int i, end;
	int err = 0;

	for (i = 0; i < bench_nr && !err;) {
		end = min(i + BENCH_BATCH, bench_nr);
		local_bh_disable();
		for (; i < end && !err; i++)
			err = bench_receive(dev, bench_frames[i]);
		local_bh_enable();
		cond_resched();
		if (signal_pending(current))
			err = -EINTR;
	}
	return err;
}

static int bench_run(struct net_device *dev, unsigned int cycles)
{
	unsigned int i;
	int err = 0;
	u64 start;

	if (!bench_nr)
		return -ENODATA;
	start = bench_clock();
	for (i = 0; i < cycles && !err; i++)
		err = bench_cycle(dev);
	bench_ns = bench_clock() - start;
	bench_packets = (u64)bench_nr * cycles;
	return err;
}

static ssize_t bench_run_write(struct file *file, const char __user *from,
			       size_t size, loff_t *pos)
{
	char name[IFNAMSIZ], line[40];
	struct net_device *dev;
	unsigned int cycles;
	int err;

	if (size >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, size))
		return -EFAULT;
	line[size] = '\0';
	if (sscanf(line, "%15s %u", name, &cycles) != 2 || !cycles)
		return -EINVAL;
	dev = dev_get_by_name(current->nsproxy->net_ns, name);
	if (!dev)
		return -ENODEV;
	mutex_lock(&bench_lock);
	err = bench_run(dev, cycles);
	mutex_unlock(&bench_lock);
	dev_put(dev);
	return err ?: size;
}

static int bench_run_show(struct seq_file *seq, void *unused)
{
	mutex_lock(&bench_lock);
	seq_printf(seq, "%llu %llu\n", bench_packets, bench_ns);
	mutex_unlock(&bench_lock);
	return 0;
}

static int bench_run_open(struct inode *inode, struct file *file)
{
	return single_open(file, bench_run_show, NULL);
}

static const struct file_operations bench_frames_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = bench_frames_write,
};

static const struct file_operations bench_run_fops = {
	.owner = THIS_MODULE,
	.open = bench_run_open,
	.read = seq_read,
	.write = bench_run_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init bench_init(void)
{
	bench_dir = debugfs_create_dir("vs_bench", NULL);
	debugfs_create_file("frames", 0200, bench_dir, NULL,
			    &bench_frames_fops);
	debugfs_create_file("run", 0600, bench_dir, NULL, &bench_run_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(bench_dir);
	bench_forget();
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("packet generator of the vs bench");
MODULE_LICENSE("GPL");
