// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module, and what it has in each network namespace.
 *
 * vs's namespaces go before their devices do, so that no cached route outlives
 * its device. The core waits a grace period between pre_exit, which takes the
 * hooks away, and exit: no packet is on its way through them then.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "vs.h"

static int __net_init net_init(struct net *net)
{
	struct vs_net *vn = vs_net(net);
	int err;

	vn->net = net;
	vn->drops = vs_drops_alloc();
	if (!vn->drops)
		return -ENOMEM;
	err = vs_service_net_init(vn);
	if (err) {
		free_percpu(vn->drops);
		return err;
	}
	vs_helper_net_init(vn);
	vs_collect_net_init(vn);
	vs_hook_net_init(vn);
	return 0;
}

static void __net_exit net_pre_exit(struct net *net)
{
	struct vs_net *vn = vs_net(net);

	mutex_lock(&vn->lock);
	vs_service_flush(vn);
	vs_hook_trim(vn);
	mutex_unlock(&vn->lock);
}

static void __net_exit net_exit_batch(struct list_head *nets)
{
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		vs_hook_net_exit(vs_net(net));
		vs_collect_net_exit(vs_net(net));
	}

	/* Conns that end count down in their namespace. */
	rcu_barrier();
	list_for_each_entry(net, nets, exit_list) {
		struct vs_net *vn = vs_net(net);

		vs_helper_net_exit(vn);
		vs_service_net_exit(vn);
		free_percpu(vn->drops);
	}
}

static struct pernet_operations net_ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit_batch	= net_exit_batch,
	.id		= &vs_net_id,
	.size		= sizeof(struct vs_net),
};

static int __init vs_init(void)
{
	int err;

	err = vs_conn_init();
	if (err)
		return err;
	err = register_pernet_device(&net_ops);
	if (err)
		goto exit_conn;
	err = vs_nl_init();
	if (err)
		goto exit_net;
	return 0;

exit_net:
	unregister_pernet_device(&net_ops);
	rcu_barrier();
exit_conn:
	vs_conn_exit();
	return err;
}

static void __exit vs_exit(void)
{
	vs_nl_exit();
	unregister_pernet_device(&net_ops);
	/* Servers and pools that are on their way out. */
	rcu_barrier();
	vs_conn_exit();
}

module_init(vs_init);
module_exit(vs_exit);

MODULE_DESCRIPTION("L4 virtual server");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(VS_FAMILY_NAME);
