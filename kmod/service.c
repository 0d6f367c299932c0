// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual services and their servers.
 *
 * Every change builds the next pool from the list of servers, and only when
 * that has succeeded publishes it, so that a change happens whole or not at
 * all and the packet path never sees half of one.
 */
#include <linux/slab.h>

#include "vs.h"

static const struct rhashtable_params service_params = {
	.head_offset		= offsetof(struct vs_service, hash_node),
	.key_offset		= offsetof(struct vs_service, key),
	.key_len		= sizeof(struct vs_service_key),
	.automatic_shrinking	= true,
};

/**
 * vs_service_find() - a service by its key
 * @vn: namespace
 * @key: the key
 *
 * Context: RCU read side, or vn->lock.
 *
 * Return: the service, or NULL.
 */
struct vs_service *vs_service_find(const struct vs_net *vn,
				   const struct vs_service_key *key)
{
	struct rhashtable *services = (struct rhashtable *)&vn->services;
	struct vs_service *service;

	rcu_read_lock();
	service = rhashtable_lookup(services, key, service_params);
	rcu_read_unlock();
	return service;
}

static struct vs_pool *current_pool(struct vs_net *vn,
				    struct vs_service *service)
{
	return rcu_dereference_protected(service->pool,
					 lockdep_is_held(&vn->lock));
}

/* The next pool: the servers there are, but for @except. */
static struct vs_pool *build_pool(struct vs_net *vn, struct vs_service *service,
				  const struct vs_sched_config *sched,
				  const struct vs_server *except)
{
	unsigned int nr = service->nr_servers - !!except;
	struct vs_server *server;
	struct vs_pool *pool;
	unsigned int i = 0;
	int err;

	pool = vs_pool_alloc(sched, &service->cursor, nr);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	list_for_each_entry(server, &service->servers, node) {
		if (server == except)
			continue;
		pool->servers[i++] = (struct vs_pool_server) {
			.server		= server,
			.weight		= server->table_weight,
			.available	= server->available,
		};
	}
	err = vs_pool_prepare(pool, current_pool(vn, service));
	if (err) {
		vs_pool_free(pool);
		return ERR_PTR(err);
	}
	return pool;
}

static void publish_pool(struct vs_net *vn, struct vs_service *service,
			 struct vs_pool *pool)
{
	struct vs_pool *old = current_pool(vn, service);

	rcu_assign_pointer(service->pool, pool);
	if (old)
		vs_pool_free_rcu(old);
	vn->generation++;
}

static int echo_add(struct vs_net *vn, const struct vs_service_key *key)
{
	return vs_role_add(vn, VS_ROLE_ECHO, key->family, &key->addr, 0);
}

static void echo_del(struct vs_net *vn, const struct vs_service_key *key)
{
	vs_role_del(vn, VS_ROLE_ECHO, key->family, &key->addr, 0);
}

/* What the packet path reads of a config, but for the pool. */
static void publish_config(struct vs_net *vn, struct vs_service *service,
			   const struct vs_service_config *config)
{
	WRITE_ONCE(vn->nr_once, vn->nr_once - service->config.one_packet +
				config->one_packet);
	WRITE_ONCE(service->config.path, config->path);
	WRITE_ONCE(service->config.sloppy, config->sloppy);
	WRITE_ONCE(service->config.one_packet, config->one_packet);
	WRITE_ONCE(service->config.echo, config->echo);
	WRITE_ONCE(service->config.helper, config->helper);
	service->config.sched = config->sched;
	service->config.policy = config->policy;
	service->config.sources = config->sources;
	vs_sum_set(service->sum, &config->policy, config->one_packet,
		   config->path);
}

/* Return: what @config has of sources, NULL for none, or -ENOMEM. */
static struct vs_source_pool *
copy_sources(const struct vs_service_config *config)
{
	struct vs_source_pool *sources;

	if (!config->sources.nr)
		return NULL;
	sources = kmemdup(&config->sources, sizeof(*sources),
			  GFP_KERNEL_ACCOUNT);
	return sources ?: ERR_PTR(-ENOMEM);
}

static void publish_sources(struct vs_net *vn, struct vs_service *service,
			    struct vs_source_pool *sources)
{
	sources = rcu_replace_pointer(service->sources, sources,
				      lockdep_is_held(&vn->lock));
	if (sources)
		kfree_rcu(sources, rcu);
}

static void service_free(struct vs_net *vn, struct vs_service *service)
{
	WRITE_ONCE(vn->nr_once, vn->nr_once - service->config.one_packet);
	publish_sources(vn, service, NULL);
	vs_sum_put(vn, service->sum);
	kfree_rcu(service, rcu);
}

/**
 * vs_service_add() - add a service without servers
 * @vn: namespace, with vn->lock held
 * @key: its name, of a protocol that there is
 * @config: what it is to be
 *
 * Return: 0, -EEXIST or -ENOMEM.
 */
int vs_service_add(struct vs_net *vn, const struct vs_service_key *key,
		   const struct vs_service_config *config)
{
	struct vs_source_pool *sources;
	struct vs_service *service;
	struct vs_pool *pool;
	int err;

	lockdep_assert_held(&vn->lock);
	service = kzalloc(sizeof(*service), GFP_KERNEL_ACCOUNT);
	if (!service)
		return -ENOMEM;
	service->key = *key;
	service->proto = vs_proto_find(key->protocol);
	INIT_LIST_HEAD(&service->servers);
	service->sum = vs_sum_new(vn, key);
	if (!service->sum) {
		kfree(service);
		return -ENOMEM;
	}
	publish_config(vn, service, config);
	sources = copy_sources(config);
	if (IS_ERR(sources)) {
		err = PTR_ERR(sources);
		goto free;
	}
	publish_sources(vn, service, sources);
	pool = build_pool(vn, service, &config->sched, NULL);
	if (IS_ERR(pool)) {
		err = PTR_ERR(pool);
		goto free;
	}
	RCU_INIT_POINTER(service->pool, pool);
	err = config->echo ? echo_add(vn, key) : 0;
	if (err)
		goto free_pool;
	err = rhashtable_lookup_insert_fast(&vn->services, &service->hash_node,
					    service_params);
	if (err)
		goto del_echo;
	list_add_tail(&service->node, &vn->service_list);
	vs_filter_add(vn->filter, VS_CLIENT, key->family, &key->addr);
	vn->nr_services[vs_family_index(key->family)]++;
	vn->generation++;
	return 0;

del_echo:
	if (config->echo)
		echo_del(vn, key);
free_pool:
	vs_pool_free(pool);
free:
	service_free(vn, service);
	return err;
}

/**
 * vs_service_set() - change a service
 * @vn: namespace, with vn->lock held
 * @service: the service
 * @config: what it is to be; conns that it has keep their server and path
 *
 * Return: 0 or -ENOMEM.
 */
int vs_service_set(struct vs_net *vn, struct vs_service *service,
		   const struct vs_service_config *config)
{
	struct vs_source_pool *sources;
	struct vs_pool *pool;
	int err;

	lockdep_assert_held(&vn->lock);
	sources = copy_sources(config);
	if (IS_ERR(sources))
		return PTR_ERR(sources);
	pool = build_pool(vn, service, &config->sched, NULL);
	if (IS_ERR(pool)) {
		err = PTR_ERR(pool);
		goto free_sources;
	}
	if (config->echo && !service->config.echo) {
		err = echo_add(vn, &service->key);
		if (err)
			goto free_pool;
	} else if (!config->echo && service->config.echo) {
		echo_del(vn, &service->key);
	}
	publish_config(vn, service, config);
	publish_sources(vn, service, sources);
	publish_pool(vn, service, pool);
	return 0;

free_pool:
	vs_pool_free(pool);
free_sources:
	kfree(sources);
	return err;
}

static void server_unlink(struct vs_net *vn, struct vs_service *service,
			  struct vs_server *server)
{
	list_del(&server->node);
	service->nr_servers--;
	vn->nr_servers--;
	if (server->family != service->key.family)
		vn->nr_outer[vs_family_index(server->family)]--;
	vs_server_unlink(server);
}

/**
 * vs_service_del() - remove a service and its servers
 * @vn: namespace, with vn->lock held
 * @service: the service; its conns are over, and leave the table when their
 *	next packet or the collector finds them
 */
void vs_service_del(struct vs_net *vn, struct vs_service *service)
{
	struct vs_server *server, *next;

	lockdep_assert_held(&vn->lock);
	rhashtable_remove_fast(&vn->services, &service->hash_node,
			       service_params);
	list_del(&service->node);
	vs_filter_del(vn->filter, VS_CLIENT, service->key.family,
		      &service->key.addr);
	if (service->config.echo)
		echo_del(vn, &service->key);
	vn->nr_services[vs_family_index(service->key.family)]--;
	vn->generation++;

	vs_sum_end(service->sum);
	list_for_each_entry_safe(server, next, &service->servers, node)
		server_unlink(vn, service, server);
	vs_pool_free_rcu(current_pool(vn, service));
	service_free(vn, service);
}

/**
 * vs_service_flush() - remove all services
 * @vn: namespace, with vn->lock held
 */
void vs_service_flush(struct vs_net *vn)
{
	struct vs_service *service, *next;

	lockdep_assert_held(&vn->lock);
	list_for_each_entry_safe(service, next, &vn->service_list, node)
		vs_service_del(vn, service);
}

/**
 * vs_service_server() - a server of a service by its address and port
 * @service: the service, under vn->lock
 * @family: of @addr, which need not be the service's
 * @addr: the server's address
 * @port: the server's port
 *
 * Return: the server, or NULL.
 */
struct vs_server *vs_service_server(const struct vs_service *service, u8 family,
				    const union vs_addr *addr, __be16 port)
{
	size_t len = family == NFPROTO_IPV4 ? sizeof(addr->ip) :
					      sizeof(addr->in6);
	struct vs_server *server;

	list_for_each_entry(server, &service->servers, node)
		if (server->port == port && server->family == family &&
		    !memcmp(&server->addr, addr, len))
			return server;
	return NULL;
}

/**
 * vs_service_server_add() - add a server to a service
 * @vn: namespace, with vn->lock held
 * @service: the service, which has no such server
 * @config: what the server is to be
 *
 * Return: 0, -ENOMEM, or -ENOSPC if the service has all it may have.
 */
int vs_service_server_add(struct vs_net *vn, struct vs_service *service,
			  const struct vs_server_config *config)
{
	struct vs_server *server;
	struct vs_pool *pool;

	lockdep_assert_held(&vn->lock);
	if (service->nr_servers == VS_SERVERS_MAX)
		return -ENOSPC;
	server = vs_server_new(vn, service->sum, config);
	if (!server)
		return -ENOMEM;
	list_add_tail(&server->node, &service->servers);
	service->nr_servers++;
	vn->nr_servers++;
	if (server->family != service->key.family)
		vn->nr_outer[vs_family_index(server->family)]++;

	pool = build_pool(vn, service, &service->config.sched, NULL);
	if (IS_ERR(pool)) {
		server_unlink(vn, service, server);
		return PTR_ERR(pool);
	}
	publish_pool(vn, service, pool);
	return 0;
}

static void server_configure(struct vs_server *server, u16 weight,
			     u16 table_weight, u8 state)
{
	server->weight = weight;
	server->table_weight = table_weight;
	WRITE_ONCE(server->state, state);
	WRITE_ONCE(server->available, weight && state == VS_SERVER_STATE_UP);
}

/**
 * vs_service_server_set() - change a server's weight and state
 * @vn: namespace, with vn->lock held
 * @service: its service
 * @server: the server
 * @config: what it is to be; address, port and method stay as they are
 *
 * Return: 0 or -ENOMEM.
 */
int vs_service_server_set(struct vs_net *vn, struct vs_service *service,
			  struct vs_server *server,
			  const struct vs_server_config *config)
{
	u16 weight = server->weight, table_weight = server->table_weight;
	u8 state = server->state;
	struct vs_pool *pool;

	lockdep_assert_held(&vn->lock);
	server_configure(server, config->weight,
			 config->weight ?: table_weight, config->state);
	pool = build_pool(vn, service, &service->config.sched, NULL);
	if (IS_ERR(pool)) {
		server_configure(server, weight, table_weight, state);
		return PTR_ERR(pool);
	}
	publish_pool(vn, service, pool);
	return 0;
}

/**
 * vs_service_server_del() - remove a server
 * @vn: namespace, with vn->lock held
 * @service: its service
 * @server: the server; TCP conns that it has go on
 *
 * Return: 0 or -ENOMEM.
 */
int vs_service_server_del(struct vs_net *vn, struct vs_service *service,
			  struct vs_server *server)
{
	struct vs_pool *pool;

	lockdep_assert_held(&vn->lock);
	pool = build_pool(vn, service, &service->config.sched, server);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	publish_pool(vn, service, pool);
	WRITE_ONCE(server->end, VS_SERVER_REMOVED);
	server_unlink(vn, service, server);
	return 0;
}

/**
 * vs_service_net_init() - a namespace's tables of services
 * @vn: namespace
 *
 * Return: 0 or -errno.
 */
int vs_service_net_init(struct vs_net *vn)
{
	int err;

	mutex_init(&vn->lock);
	INIT_LIST_HEAD(&vn->service_list);
	err = vs_server_net_init(vn);
	if (err)
		return err;
	err = vs_role_net_init(vn);
	if (err)
		goto exit_servers;
	err = rhashtable_init(&vn->services, &service_params);
	if (err)
		goto exit_roles;
	return 0;

exit_roles:
	vs_role_net_exit(vn);
exit_servers:
	vs_server_net_exit(vn);
	return err;
}

/**
 * vs_service_net_exit() - take the tables down, without services
 * @vn: namespace
 */
void vs_service_net_exit(struct vs_net *vn)
{
	rhashtable_destroy(&vn->services);
	vs_role_net_exit(vn);
	vs_server_net_exit(vn);
	kvfree(vn->filter);
}
