// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process 1 of a test guest, static, the same for UML and for QEMU.
 *
 * It lays a tmpfs over the host's read-only root, mounts what a system has
 * mounted, loads the module, runs the one command that tests/vm/run wrote into
 * the job file named by $VS_JOB, relays its output, takes everything down
 * again and says so: run believes no guest that did not say "vs-lab: end".
 *
 * A program and not a script because a fork and exec costs milliseconds in
 * UML, and because it hands over arguments without any quoting.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
/* The overlay as it is below the guest's own /tmp, /run and /dev. */
#define BELOW		"/run/vs-root"

#define MAX_WORDS	4096

struct job {
	const char *cwd;	/* where the command runs */
	const char *top;	/* the checkout */
	const char *out;	/* shared with the host, writable */
	const char *modules;	/* becomes /lib/modules */
	const char *run;	/* what tests/vm/run keeps for this guest */
	const char *module;	/* vs.ko in there, or NULL */
	char *depends;		/* modules to load first, with commas */
	char *argv[MAX_WORDS];
	int argc;
};

static struct job job;
static bool qemu;		/* else UML */
static int kmsg = -1;
static int relay = -1;

/* Everything the host should know goes to the console by way of the log. */
static void say(const char *fmt, ...)
{
	char line[900];
	int len = snprintf(line, sizeof(line), "<1>vs-lab: ");
	va_list args;

	va_start(args, fmt);
	len += vsnprintf(line + len, sizeof(line) - len, fmt, args);
	va_end(args);
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (kmsg < 0 || write(kmsg, line, len) < 0)
		dprintf(2, "%.*s\n", len, line);
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void die(const char *what)
{
	say("guest: %s: %s", what, strerror(errno));
	power_off();
}

static void pause_ms(long ms)
{
	poll(NULL, 0, ms);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	close(fd);
	return ok;
}

/* The whole file with a NUL at its end, or NULL. */
static char *get_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0, room = 65536;
	char *text = malloc(room);
	ssize_t n = -1;

	while (fd >= 0 && text &&
	       (n = read(fd, text + len, room - len - 1)) > 0) {
		len += n;
		if (room - len < 4096)
			text = realloc(text, room *= 2);
	}
	close(fd);
	if (n < 0 || !text) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	if (size)
		*size = len;
	return text;
}

static void make_dirs(const char *path)
{
	char *copy = strdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(copy, 0755);
		*p = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

static void attach(const char *source, const char *target, const char *type,
		   unsigned long flags, const char *data)
{
	make_dirs(target);
	if (mount(source, target, type, flags, data))
		die(target);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 ||
	    (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)) {
		say("cannot load %s: %s", path, strerror(errno));
		power_off();
	}
	close(fd);
}

/* The job: records ended by NUL, the first letter says which. */
static void read_job(const char *path)
{
	size_t size;
	char *text = get_file(path, &size);

	if (!text)
		die(path);
	for (char *p = text; p < text + size; p += strlen(p) + 1) {
		switch (*p) {
		case 'c':
			job.cwd = p + 1;
			break;
		case 't':
			job.top = p + 1;
			break;
		case 'o':
			job.out = p + 1;
			break;
		case 'l':
			job.modules = p + 1;
			break;
		case 'r':
			job.run = p + 1;
			break;
		case 'm':
			job.module = p + 1;
			break;
		case 'd':
			job.depends = p + 1;
			break;
		case 'e':
			putenv(p + 1);
			break;
		case 'a':
			if (job.argc < MAX_WORDS - 1)
				job.argv[job.argc++] = p + 1;
			break;
		}
	}
	errno = EINVAL;
	if (!job.cwd || !job.top || !job.out || !job.modules || !job.run ||
	    !job.argc)
		die(path);
}

/* A share of the host: hostfs by path, 9p by the tag that run gave it. */
static void attach_share(const char *tag, const char *path, bool writable)
{
	if (!qemu)
		attach(tag, path, "hostfs", writable ? 0 : MS_RDONLY, path);
	else
		attach(tag, path, "9p", writable ? 0 : MS_RDONLY,
		       writable ? "trans=virtio,version=9p2000.L,msize=262144" :
		       "trans=virtio,version=9p2000.L,msize=262144,cache=loose");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The modules of the initramfs, in the order of their names. */
static void load_initramfs_modules(void)
{
	struct dirent **list;
	int n = scandir("/modules", &list, NULL, by_name);
	char path[300];

	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", list[i]->d_name);
		load_module(path);
	}
}

static void enter_root(void)
{
	const char *lower = qemu ? "/host" : "/";
	const char *base = qemu ? "/tmpfs" : "/tmp";
	char data[200];

	if (qemu) {
		load_initramfs_modules();
		attach_share("root", "/host", false);
	}
	attach("tmpfs", base, "tmpfs", 0, "mode=755");
	if (chdir(base) || mkdir("upper", 0755) || mkdir("work", 0755) ||
	    mkdir("root", 0755))
		die(base);
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=upper,workdir=work",
		 lower);
	if (mount("overlay", "root", "overlay", 0, data) || chdir("root"))
		die("overlay");
	/* The initramfs cannot be pivoted away from, only be covered. */
	if (qemu ? mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") :
	    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH))
		die("root");
	if (chdir("/"))
		die("/");
}

/* Is the path, or a path above it, a mount of our own? */
static bool is_hidden(const char *path)
{
	static const char *const over[] = { "/tmp", "/run", "/dev", NULL };

	for (int i = 0; over[i]; i++) {
		size_t len = strlen(over[i]);

		if (!strncmp(path, over[i], len) &&
		    (path[len] == '/' || !path[len]))
			return true;
	}
	return false;
}

static void uncover(const char *path)
{
	char below[4200];

	if (!is_hidden(path))
		return;
	snprintf(below, sizeof(below), BELOW "%s", path);
	attach(below, path, NULL, MS_BIND, NULL);
}

/* Lets all users of the guest come to a path, as below /root they may not. */
static void open_way(const char *path)
{
	char above[PATH_MAX];
	struct stat st;
	const char *end;

	for (end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(end - path), path);
		if (!stat(above, &st) && !(st.st_mode & 0001))
			chmod(above, (st.st_mode & 07777) | 0011);
	}
}

static void mount_all(void)
{
	attach("tmpfs", "/run", "tmpfs", 0, "mode=755");
	attach("/", BELOW, NULL, MS_BIND, NULL);
	attach("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	attach("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	attach("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666");
	attach("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	attach("proc", "/proc", "proc", 0, NULL);
	attach("sysfs", "/sys", "sysfs", 0, NULL);
	attach("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	attach("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	attach("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/* Opening it loads tun, where that is a module. */
	mkdir("/dev/net", 0755);
	mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200));
	mkdir("/run/lock", 01777);
	mkdir("/run/netns", 0755);

	uncover(job.top);
	uncover(job.cwd);
	uncover(job.modules);
	uncover(job.run);
	open_way(job.top);
	attach_share("out", job.out, true);
	attach(job.modules, "/usr/lib/modules", NULL, MS_BIND, NULL);
	umount2(BELOW, MNT_DETACH);
	rmdir(BELOW);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		die("lo");
	close(fd);
}

/* The channel for the command's output: a serial line or a virtio port. */
static void open_relay(void)
{
	struct termios line;

	relay = open(qemu ? "/dev/vport0p1" : "/dev/ttyS0",
		     O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (relay < 0)
		die("relay");
	if (!tcgetattr(relay, &line)) {
		cfmakeraw(&line);
		tcsetattr(relay, TCSANOW, &line);
	}
}

static void relay_write(const char *data, ssize_t len)
{
	while (len > 0) {
		ssize_t n = write(relay, data, len);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0) {
			data += n;
			len -= n;
		}
	}
}

static pid_t spawn(char *const argv[], int out)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	setsid();
	if (dup2(open("/dev/null", O_RDWR | O_CLOEXEC), 0) < 0 ||
	    dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(126);
	if (chdir(job.cwd)) {
		perror(job.cwd);
		_exit(126);
	}
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(access(argv[0], F_OK) ? 127 : 126);
}

/*
 * Runs to the end, then kills what was left behind: daemons that a scenario
 * started end with it. Returns the status as a shell does.
 */
static int run_command(char *const argv[])
{
	static char data[65536];
	int ends[2], status = 0, one;
	bool running = true;
	ssize_t n;
	pid_t pid, child;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	child = spawn(argv, ends[1]);
	close(ends[1]);
	for (;;) {
		struct pollfd in = { .fd = ends[0], .events = POLLIN };

		/* SIGCHLD interrupts; the limit covers one that came before. */
		if (poll(&in, 1, running ? 100 : -1) > 0) {
			n = read(ends[0], data, sizeof(data));
			if (n == 0)
				break;
			if (n > 0)
				relay_write(data, n);
		}
		while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
			if (pid != child)
				continue;
			status = one;
			running = false;
			kill(-1, SIGKILL);
		}
	}
	close(ends[0]);
	/* All output closed, but the command may still be running. */
	while (running && (pid = waitpid(-1, &one, 0)) > 0) {
		if (pid == child) {
			status = one;
			running = false;
		}
	}
	kill(-1, SIGKILL);
	while (waitpid(-1, &one, 0) > 0 || errno == EINTR)
		;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

static void load_vs(void)
{
	char *names[64] = { "modprobe", "-q", "-a" };
	int n = 3;

	if (!job.module)
		return;
	for (char *p = strtok(job.depends, ","); p && n < 63;
	     p = strtok(NULL, ","))
		names[n++] = p;
	if (n > 3 && run_command(names)) {
		say("cannot load what vs.ko depends on");
		power_off();
	}
	load_module(job.module);
}

/*
 * Everything called vs or vs_*, newest first as /proc/modules has them.
 * Returns whether there was any.
 */
static bool unload_vs(void)
{
	char *text = get_file("/proc/modules", NULL), *state, *line, *name;
	long end = now_ms() + 10000;
	bool found = false;

	for (line = strtok_r(text, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state)) {
		name = strtok(line, " ");
		if (strcmp(name, "vs") && strncmp(name, "vs_", 3))
			continue;
		found = true;
		while (syscall(SYS_delete_module, name, O_NONBLOCK)) {
			if (errno == ENOENT)
				break;
			if (now_ms() > end) {
				say("failed: rmmod %s: %s", name,
				    strerror(errno));
				break;
			}
			pause_ms(20);
		}
	}
	free(text);
	return found;
}

/* A worker's name says what it works on: "kworker/u4:1+netns". */
static bool namespaces_ending(void)
{
	char path[300], *comm;
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir("/proc");

	while (!found && dir && (entry = readdir(dir))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		comm = get_file(path, NULL);
		found = comm && !strncmp(comm, "kworker/", 8) &&
			strstr(comm, "+netns");
		free(comm);
	}
	if (dir)
		closedir(dir);
	return found;
}

/*
 * Ends all network namespaces and waits for it: long enough for the kernel to
 * complain, after 10 s, about a device that something still refers to.
 */
static void end_namespaces(void)
{
	long end = now_ms() + 15000;

	umount2("/run/netns", MNT_DETACH);
	do
		pause_ms(10);
	while (namespaces_ending() && now_ms() < end);
	if (now_ms() >= end)
		say("failed: network namespaces do not end");
}

static unsigned long jiffies_now(void)
{
	char *text = get_file("/proc/uptime", NULL);
	unsigned long jiffies;

	if (!text)
		die("/proc/uptime");
	/* Jiffies start at -300 s as 32 bits; HZ is 100 in UML. */
	jiffies = (unsigned int)(-300 * 100);
	jiffies += (unsigned long)(atof(text) * 100);
	free(text);
	return jiffies;
}

/*
 * Without the module in memory no pointer of its own can hide a leak or be
 * missed. The first scan takes checksums, the second one reports what neither
 * changed nor is pointed to; kmemleak passes over what is younger than its
 * least age (tests/vm/kernel makes that one second). What is as old as the
 * boot is not ours.
 */
static void find_leaks(unsigned long since)
{
	char *text, *block, *next, *at, *line, *state;

	if (access(KMEMLEAK, F_OK))
		return;
	put_file(KMEMLEAK, "scan");
	pause_ms(1100);
	put_file(KMEMLEAK, "scan");
	text = get_file(KMEMLEAK, NULL);
	for (block = text; block && *block; block = next) {
		next = strstr(block + 1, "unreferenced object");
		if (next)
			next[-1] = '\0';
		at = strstr(block, "jiffies ");
		if (!at || strtoul(at + 8, NULL, 10) >= since) {
			say("failed: memory leak");
			for (line = strtok_r(block, "\n", &state); line;
			     line = strtok_r(NULL, "\n", &state))
				say("%s", line);
		}
	}
	free(text);
}

static void on_child(int signal) { (void)signal; }

int main(void)
{
	const char *path = getenv("VS_JOB");
	struct sigaction act = { .sa_handler = on_child };
	unsigned long since;
	bool found;
	int status;

	sigaction(SIGCHLD, &act, NULL);
	if (!path)
		power_off();
	qemu = !access("/modules", F_OK);
	if (qemu) {
		mkdir("/dev", 0755);
		mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	}
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	enter_root();
	read_job(path);
	mount_all();
	if (kmsg < 0)
		kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	open_relay();
	loopback_up();
	sethostname("vs", 2);
	put_file("/proc/sys/kernel/hung_task_timeout_secs", "30");
	unsetenv("VS_JOB");
	setenv("VS_OUT", job.out, 1);

	since = jiffies_now();
	say("begin");
	load_vs();
	status = run_command(job.argv);
	found = unload_vs();
	end_namespaces();
	if (found || job.module)
		find_leaks(since);
	tcdrain(relay);
	close(relay);
	umount2(job.out, 0);
	sync();
	say("end status=%d", status);
	power_off();
}
